import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RhapsodyError } from "@rhapsody/core";

/**
 * The file that the helper process runs.
 *
 * From source it lies beside this module, as TypeScript that Node runs as it is. In the published package this module is part of `dist/index.js`, or of
 * a chunk beside it, and so is the helper's entry.
 */
export function helperFile(): string {
  const here = import.meta.url;
  const file = fileURLToPath(new URL(here.endsWith(".ts") ? "./launcher-process.ts" : "./launcher-process.js", here));
  if (existsSync(file)) return file;
  const advice = "when you bundle your program, keep @rhapsody/backend-concurrent external";
  throw new RhapsodyError("LAUNCHER_UNAVAILABLE", `[launcher] ${file} is missing; ${advice}`);
}
