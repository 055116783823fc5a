/**
 * The file that a worker runs.
 *
 * From source it lies beside this module, as TypeScript that Node runs as it is. In the published package this module is part of `dist/index.js`, or of
 * a chunk beside it, and so are the workers' entries.
 */
export function workerFile(name: "worker-thread" | "worker-process"): URL {
  const here = import.meta.url;
  return new URL(here.endsWith(".ts") ? `./${name}.ts` : `./${name}.js`, here);
}
