export type { AskOptions, EmbedOptions, GenerateOptions } from "./backend/engine-options.ts";
export { createBackend } from "./backend/create-backend.ts";
export {
  VllmInferenceBackend,
  VllmInferenceBackend as DragonVllmInferenceBackend,
} from "./backend/vllm-inference-backend.ts";
export { InferenceError, type InferenceErrorCode } from "./fleet/inference-error.ts";
export type { FleetOptions } from "./fleet/fleet-options.ts";
export type { PromptForm, ServerAddress, VllmBackendOptions } from "./options/backend-options.ts";
export type { VllmTaskOptions } from "./options/task-options.ts";
