import type { TaskFailureCode } from "@rhapsody/core";
import { FlowError } from "./flow-error.ts";

/** Names the task that an error is about. */
export interface TaskRef {
  readonly uid: string;
  readonly name: string;
}

/** A task failed. Codes `FLOW_TASK_FAILED` and `FLOW_TASK_TIMEOUT`; `cause` is what its function threw, or the session's error for other work. */
export class TaskFailedError extends FlowError {
  static {
    this.prototype.name = "TaskFailedError";
  }

  declare readonly code: "FLOW_TASK_FAILED" | "FLOW_TASK_TIMEOUT";

  readonly uid: string;
  /** Label of the task. */
  readonly taskName: string;
  /** How the session calls the failure, e.g. `"TASK_EXIT_CODE"`. */
  readonly failure: TaskFailureCode;
  /** Attempts made; 0 when none was. */
  readonly attempts: number;

  constructor(
    task: TaskRef,
    init: ErrorOptions & {
      readonly failure: TaskFailureCode;
      readonly attempts: number;
      readonly message: string;
    },
  ) {
    const late = init.failure === "TASK_TIMEOUT" || init.failure === "TASK_QUEUE_TIMEOUT";
    super(late ? "FLOW_TASK_TIMEOUT" : "FLOW_TASK_FAILED", `[${label(task)}] ${init.message}`, init);
    this.uid = task.uid;
    this.taskName = task.name;
    this.failure = init.failure;
    this.attempts = init.attempts;
  }
}

/** A task did not run because one that it depends on did not end well. Code `FLOW_DEPENDENCY_FAILED`; `cause` is `rootCause`. */
export class DependencyFailureError extends FlowError {
  static {
    this.prototype.name = "DependencyFailureError";
  }

  declare readonly code: "FLOW_DEPENDENCY_FAILED";

  readonly uid: string;
  /** Label of the task. */
  readonly taskName: string;
  /** What the task that began it failed with: what its function threw, or the session's error for other work. */
  readonly rootCause: unknown;
  /** Uids of all its own dependencies that had not ended well by then. */
  readonly failedDependencies: readonly string[];
  readonly #path: () => readonly string[];

  constructor(task: TaskRef, init: DependencyFailure) {
    const { rootCause, root } = init;
    const how = rootCause instanceof Error ? `: ${rootCause.message}` : "";
    super("FLOW_DEPENDENCY_FAILED", `[${label(task)}] not run, because ${root} did not end well${how}`, {
      cause: rootCause,
    });
    this.uid = task.uid;
    this.taskName = task.name;
    this.rootCause = rootCause;
    this.#path = init.path;
    this.failedDependencies = init.failedDependencies;
  }

  /** Uids from this task's own dependency down to the one that began it, both included. */
  get path(): readonly string[] {
    return this.#path();
  }
}

/** What a {@link DependencyFailureError} tells. */
export interface DependencyFailure {
  readonly rootCause: unknown;
  /** Names the task that began it. */
  readonly root: string;
  /** Computed when it is asked for: those of a chain of tasks would grow with the square of its length. */
  readonly path: () => readonly string[];
  readonly failedDependencies: readonly string[];
}

/** A task was cancelled. Code `FLOW_TASK_CANCELED`. */
export class TaskCanceledError extends FlowError {
  static {
    this.prototype.name = "TaskCanceledError";
  }

  declare readonly code: "FLOW_TASK_CANCELED";

  readonly uid: string;
  /** Label of the task. */
  readonly taskName: string;
  /** Why, in the words of whoever cancelled it. */
  readonly reason: string;

  constructor(task: TaskRef, reason: string, options?: ErrorOptions) {
    super("FLOW_TASK_CANCELED", `[${label(task)}] cancelled: ${reason}`, options);
    this.uid = task.uid;
    this.taskName = task.name;
    this.reason = reason;
  }
}

/** Names a task in a message. */
export function label({ uid, name }: TaskRef): string {
  return name === uid ? uid : `${name} (${uid})`;
}
