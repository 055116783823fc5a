// Loaded before an example: the line that makes its backend then makes one on Dask, and nothing else changes.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === "@rhapsody/backend-concurrent"
      ? { url: new URL("./dask-as-concurrent.ts", import.meta.url).href, shortCircuit: true }
      : nextResolve(specifier, context),
});
