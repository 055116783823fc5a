import { fileURLToPath } from "node:url";

/**
 * The file that the helper process runs.
 *
 * From source it lies beside this module, as TypeScript that Node runs as it is. In the published package this module is part of `dist/index.js`, or of
 * a chunk beside it, and so is the helper's entry.
 */
export function helperFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith(".ts") ? "./launcher-process.ts" : "./launcher-process.js", here));
}
