import type { VllmBackendOptions } from "../options/backend-options.ts";
import { VllmInferenceBackend } from "./vllm-inference-backend.ts";

/**
 * Builds the backend; what `getBackend("vllm", options)` of `@rhapsody/core` calls.
 *
 * @throws `OptionsError` that lists every problem.
 */
export function createBackend(options?: VllmBackendOptions): VllmInferenceBackend {
  return new VllmInferenceBackend(options);
}
