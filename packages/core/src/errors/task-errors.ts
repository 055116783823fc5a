import type { TaskFailureCode } from "../backend/task-update.ts";
import type { TaskResult } from "../task/task-result.ts";
import { RhapsodyError } from "./rhapsody-error.ts";

/** A task ran, or should have, and failed. What awaiting a `FAILED` task rejects with. */
export class TaskExecutionError extends RhapsodyError {
  static {
    this.prototype.name = "TaskExecutionError";
  }

  declare readonly code: TaskFailureCode;

  readonly uid: string;
  /** Name of the backend; absent when the task reached none. */
  readonly backend: string | undefined;
  /** Which attempt failed, from 1. */
  readonly attempt: number;
  /** Exit code of an executable that ended by itself. */
  readonly exitCode: number | undefined;
  /** Signal that ended an executable. */
  readonly signal: string | undefined;
  /** The last lines of standard error. */
  readonly stderrTail: string;
  /** The whole result; absent while a retry is being decided on. */
  result: TaskResult | undefined;

  constructor(
    code: TaskFailureCode,
    init: ErrorOptions & {
      readonly uid: string;
      readonly message: string;
      readonly attempt: number;
      readonly backend?: string | undefined;
      readonly exitCode?: number | undefined;
      readonly signal?: string | undefined;
      readonly stderrTail?: string | undefined;
    },
  ) {
    const place = init.backend === undefined ? init.uid : `${init.uid} on ${init.backend}`;
    super(code, `[${place}] ${init.message}`, init);
    this.uid = init.uid;
    this.backend = init.backend;
    this.attempt = init.attempt;
    this.exitCode = init.exitCode;
    this.signal = init.signal;
    this.stderrTail = init.stderrTail ?? "";
    hide(this, "result");
  }
}

/** A task was cancelled. Code `TASK_CANCELLED`. What awaiting a `CANCELLED` task rejects with. */
export class TaskCancelledError extends RhapsodyError {
  static {
    this.prototype.name = "TaskCancelledError";
  }

  declare readonly code: "TASK_CANCELLED";

  readonly uid: string;
  /** Why, in the words of whoever cancelled it. */
  readonly reason: string;
  /** True when the work could not be stopped and may still go on unobserved. */
  readonly detached: boolean;
  result: TaskResult | undefined;

  constructor(init: { readonly uid: string; readonly reason: string; readonly detached: boolean }) {
    const rest = init.detached ? " (the work could not be stopped and may go on unobserved)" : "";
    super("TASK_CANCELLED", `[${init.uid}] cancelled: ${init.reason}${rest}`);
    this.uid = init.uid;
    this.reason = init.reason;
    this.detached = init.detached;
    hide(this, "result");
  }
}

/** A task did not run because one it depends on did not end `DONE`. Code `DEPENDENCY_FAILED`; `cause` is the first failure. */
export class DependencyError extends RhapsodyError {
  static {
    this.prototype.name = "DependencyError";
  }

  declare readonly code: "DEPENDENCY_FAILED";

  readonly uid: string;
  /** Uid of the task whose failure began it. */
  readonly rootCause: string;
  /** Uids from this task's own dependency down to the root cause, both included. */
  readonly path: readonly string[];
  result: TaskResult | undefined;

  constructor(init: ErrorOptions & { readonly uid: string; readonly path: readonly string[] }) {
    const rootCause = init.path.at(-1) ?? init.uid;
    const how = init.cause instanceof Error ? `: ${init.cause.message}` : "";
    super(
      "DEPENDENCY_FAILED",
      `[${init.uid}] not run, because ${rootCause} did not end DONE (${[init.uid, ...init.path].join(" ← ")})${how}`,
      init,
    );
    this.uid = init.uid;
    this.rootCause = rootCause;
    this.path = init.path;
    hide(this, "result");
  }
}

/** Keeps the result, which refers back to the error, out of logs and JSON. */
function hide(error: Error & { result: TaskResult | undefined }, key: "result"): void {
  Object.defineProperty(error, key, { value: undefined, writable: true, enumerable: false, configurable: true });
}
