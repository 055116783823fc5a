export type {
  ConformanceOptions,
  EmbeddingSamples,
  PromptSample,
  PromptSamples,
  WorkKind,
} from "./suite/conformance-options.ts";
export { CONTRACT_REVISION } from "./suite/contract-revision.ts";
export type { CreateBackend, CreatedBackend } from "./suite/created-backend.ts";
export { describeBackend } from "./suite/describe-backend.ts";
export type { TestRunner } from "./suite/test-runner.ts";
