export { createBackend } from "./backend/create-backend.ts";
export type { AskOptions, EmbedOptions, GenerateOptions } from "./backend/engine-options.ts";
export { probeBackend } from "./backend/probe-backend.ts";
export {
  VllmInferenceBackend,
  VllmInferenceBackend as DragonVllmInferenceBackend,
} from "./backend/vllm-inference-backend.ts";
export type { DragonConfiguration } from "./dragon/dragon-configuration.ts";
export type { DragonOptions } from "./dragon/dragon-options.ts";
export type { FleetOptions } from "./fleet/fleet-options.ts";
export { InferenceError, type InferenceErrorCode } from "./fleet/inference-error.ts";
export type { LaunchOptions, Placement, PlannedServer } from "./launch/launch-options.ts";
export type {
  AttachOptions,
  DragonBackendOptions,
  DragonLaunchOptions,
  InferenceOptions,
  LaunchedOptions,
  PromptForm,
  ServerAddress,
  ServiceOptions,
  VllmBackendOptions,
} from "./options/backend-options.ts";
export type { VllmTaskOptions } from "./options/task-options.ts";
