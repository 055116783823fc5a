import type { DaskBackendOptions } from "../options/backend-options.ts";
import { DaskExecutionBackend } from "./dask-execution-backend.ts";

/**
 * Builds the backend; what `getBackend("dask", options)` of `@rhapsody/core` calls.
 *
 * @throws `OptionsError` that lists every problem.
 */
export function createBackend(options?: DaskBackendOptions): DaskExecutionBackend {
  return new DaskExecutionBackend(options);
}
