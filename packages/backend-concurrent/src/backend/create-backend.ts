import type { ConcurrentBackendOptions } from "../options/backend-options.ts";
import { ConcurrentExecutionBackend } from "./concurrent-execution-backend.ts";

/**
 * Builds the backend; what `getBackend("concurrent", options)` of `@rhapsody/core` calls.
 *
 * @throws `OptionsError` that lists every problem.
 */
export function createBackend(options?: ConcurrentBackendOptions): ConcurrentExecutionBackend {
  return new ConcurrentExecutionBackend(options);
}
