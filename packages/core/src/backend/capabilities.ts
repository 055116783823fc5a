import type { ResourceName, TaskResources } from "../task/resources.ts";

/** Kinds of work: a program, a function, a prompt for a model, texts for an embedding model. */
export type TaskKind = "executable" | "function" | "prompt" | "embedding";

/** Kinds of function: a closure of the host, an export of a JavaScript module, a function of a Python module. */
export type FunctionKind = "inline" | "module" | "python";

/** Facts about a backend that its method list cannot show. The session checks them before it submits. */
export interface BackendCapabilities {
  /** Work that `submit` accepts. */
  readonly taskKinds: readonly TaskKind[];
  /** Functions that `submit` accepts; empty without `"function"` in `taskKinds`. */
  readonly functionKinds: readonly FunctionKind[];
  /** Resource requests that the backend honours. A task that asks for another one (more than 1 rank or node) is not accepted. */
  readonly resources: readonly ResourceName[];
  /** `none`: no `cancel`. `queued`: only attempts not yet started. `running`: both, processes included. */
  readonly cancellation: "none" | "queued" | "running";
  /** True when only tasks that name the backend run on it; none is routed there on its own. @defaultValue `false` */
  readonly byNameOnly?: boolean;
  /** What the backend has, when that is known before it is opened. */
  readonly capacity?: BackendCapacity;
  /** What a task takes when it does not say, by kind of work; nothing where absent. */
  readonly defaultResources?: Readonly<Partial<Record<TaskKind | FunctionKind, TaskResources>>>;
}

/** How much a backend takes at a time. Absent fields mean: the engine schedules that on its own. */
export interface BackendCapacity {
  /** Most attempts handed over and not ended. @defaultValue 10,000 */
  readonly maxInFlight?: number;
  /** Cores to share out among the attempts in flight. */
  readonly cores?: number;
  /** GPUs to share out among the attempts in flight. */
  readonly gpus?: number;
  /** Memory to share out among the attempts in flight, in bytes. */
  readonly memoryBytes?: number;
}
