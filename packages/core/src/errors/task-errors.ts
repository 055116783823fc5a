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
  result: TaskResult | undefined;
  readonly #way: Way;

  /** @param init - `dependency`: the task's own; `via`: its error, when it did not run either. */
  constructor(
    init: ErrorOptions & {
      readonly uid: string;
      readonly dependency: string;
      readonly via?: DependencyError | undefined;
    },
  ) {
    const on = init.via === undefined ? undefined : init.via.#way;
    const way: Way = { uid: init.dependency, on, length: 1 + (on?.length ?? 0) };
    const rootCause = init.via?.rootCause ?? init.dependency;
    const how = init.cause instanceof Error ? `: ${init.cause.message}` : "";
    const between = describeWay(init.uid, way);
    super("DEPENDENCY_FAILED", `[${init.uid}] not run, because ${rootCause} did not end DONE (${between})${how}`, init);
    this.uid = init.uid;
    this.rootCause = rootCause;
    this.#way = way;
    hide(this, "result");
  }

  /** Uids from this task's own dependency down to the root cause, both included. */
  get path(): readonly string[] {
    return [...stepsOf(this.#way)];
  }
}

/** The way down to a root cause. Errors share its lower part, or those of a chain of tasks would grow with the square of its length. */
interface Way {
  readonly uid: string;
  readonly on: Way | undefined;
  readonly length: number;
}

function* stepsOf(way: Way | undefined): Iterable<string> {
  for (let step = way; step !== undefined; step = step.on) yield step.uid;
}

/** Most uids of a way that a message names from its upper end. */
const MAX_NAMED = 8;

function describeWay(uid: string, way: Way): string {
  const steps = [uid];
  let rest: Way | undefined = way;
  for (; rest !== undefined && steps.length < MAX_NAMED; rest = rest.on) steps.push(rest.uid);
  if (rest !== undefined) steps.push(`… ${rest.length} more`);
  return steps.join(" ← ");
}

/** Keeps the result, which refers back to the error, out of logs and JSON. */
function hide(error: Error & { result: TaskResult | undefined }, key: "result"): void {
  Object.defineProperty(error, key, { value: undefined, writable: true, enumerable: false, configurable: true });
}
