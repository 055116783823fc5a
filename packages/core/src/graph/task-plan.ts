import type { CaptureMode, FunctionWork } from "../backend/task-spec.ts";
import type { PlannedCache } from "../cache/cache-schema.ts";
import type { TaskBackendOptions } from "../task/backend-options.ts";
import type { TaskResources } from "../task/resources.ts";
import type { RetryPolicy } from "../task/retry-policy.ts";
import type { Secret } from "../task/secret.ts";
import type { StandardSchema } from "../task/standard-schema.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { Argument, ComputedProgram, DependencyContext, Prompt, Texts } from "../task/task-options.ts";
import type { GivenJsonSchema } from "../validate/response-schema.ts";

/** A validated description. Absent fields have no default of the session's. */
export interface TaskPlan {
  readonly uid: string;
  readonly name?: string | undefined;
  readonly backend?: string | undefined;
  readonly dependencies?: readonly (string | TaskHandle)[] | undefined;
  readonly onDependencyFailure?: "fail" | "run" | undefined;
  readonly environment?: Readonly<Record<string, string | Secret>> | undefined;
  readonly workingDirectory?: string | undefined;
  readonly resources?: TaskResources | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly timeoutMs?: number | undefined;
  readonly queueTimeoutMs?: number | undefined;
  readonly priority?: number | undefined;
  readonly cache?: PlannedCache | undefined;
  readonly backendOptions?: TaskBackendOptions | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly work: PlannedWork;
}

/** Work whose values may still be tasks or functions of results. */
export type PlannedWork = PlannedExecutable | FunctionWork | PlannedPrompt | PlannedEmbedding;

export interface PlannedExecutable {
  readonly kind: "executable";
  readonly executable: string | ((context: DependencyContext) => ComputedProgram | PromiseLike<ComputedProgram>);
  readonly arguments: readonly Argument[] | ((context: DependencyContext) => readonly Argument[]);
  readonly stdin: string | Uint8Array | TaskHandle | undefined;
  readonly capture: CaptureMode;
  readonly maxOutputBytes: number;
}

export interface PlannedPrompt {
  readonly kind: "prompt";
  readonly prompt: Prompt | ((context: DependencyContext) => Prompt | PromiseLike<Prompt>);
  readonly model: string | undefined;
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly stream: boolean;
  readonly responseSchema?: StandardSchema | undefined;
  readonly jsonSchema?: GivenJsonSchema | undefined;
}

export interface PlannedEmbedding {
  readonly kind: "embedding";
  readonly input: Texts | ((context: DependencyContext) => Texts | PromiseLike<Texts>);
  readonly model: string | undefined;
  readonly dimensions: number | undefined;
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
}
