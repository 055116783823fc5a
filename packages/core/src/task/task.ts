import type { InferenceDetails } from "../backend/inference-details.ts";
import { SessionError } from "../errors/session-error.ts";
import type { AnswerStream } from "./answer-stream.ts";
import type { ResourceUsage } from "./resources.ts";
import type { TaskFuture } from "./task-future.ts";
import { taskMarker, type TaskHandle } from "./task-handle.ts";
import type { TaskOptions } from "./task-options.ts";
import type { TaskResult, TaskTimes } from "./task-result.ts";
import type { TaskState } from "./task-state.ts";

let created = 0;

/** The next uid of the form `task.000001`, counted over the process. */
export function nextTaskUid(): string {
  created += 1;
  return `task.${String(created).padStart(6, "0")}`;
}

/** Takes note of a uid of an earlier process, so that none is given out twice. */
export function skipTaskUid(uid: string): void {
  const [, number] = /^task\.(\d{6,15})$/.exec(uid) ?? [];
  if (number !== undefined) created = Math.max(created, Number(number));
}

/**
 * What {@link ComputeTask} and {@link AITask} have in common: a description that becomes a handle once it is submitted.
 *
 * Building one checks nothing; `submitTasks` checks a batch whole. Once settled, the object carries its result's fields itself.
 */
export abstract class Task<T = unknown, O extends TaskOptions = TaskOptions> implements TaskHandle<T> {
  static {
    Object.defineProperty(this.prototype, taskMarker, { value: true });
  }

  readonly uid: string;

  /** The description as given. */
  readonly options: O;

  #future: TaskFuture<T> | undefined;

  constructor(options: O) {
    this.uid = options.uid ?? nextTaskUid();
    this.options = options;
  }

  /** The user's label; the uid when none was given. */
  get name(): string {
    return this.options.name ?? this.uid;
  }

  /** `NEW` until the task is submitted. */
  get state(): TaskState {
    return this.#future?.state ?? "NEW";
  }

  get backend(): string | undefined {
    return this.#future?.backend ?? this.options.backend;
  }

  /** The result, once there is one. */
  get result(): TaskResult<T> | undefined {
    return this.#future?.result;
  }

  /** What a function returned, an executable's `stdout`, or a prompt's answer; `undefined` until the task is `DONE`. */
  get returnValue(): T | undefined {
    return this.result?.returnValue;
  }

  /** Answer to a prompt; `undefined` until the task is `DONE`. */
  get response(): T | undefined {
    return this.result?.response;
  }

  get stdout(): string | undefined {
    return this.result?.stdout;
  }

  get stderr(): string | undefined {
    return this.result?.stderr;
  }

  /** How a model's answer came about. */
  get inference(): InferenceDetails | undefined {
    return this.result?.inference;
  }

  get exitCode(): number | undefined {
    return this.result?.exitCode;
  }

  get signal(): string | undefined {
    return this.result?.signal;
  }

  /** How often the task was handed to a backend; `undefined` until it settles. */
  get attempts(): number | undefined {
    return this.result?.attempts;
  }

  /** True when the task took the result of one that was the same. */
  get cached(): true | undefined {
    return this.result?.cached;
  }

  get times(): TaskTimes | undefined {
    return this.result?.times;
  }

  get resources(): ResourceUsage | undefined {
    return this.result?.resources;
  }

  /** Why the task is not `DONE`. */
  get error(): Error | undefined {
    return this.result?.error;
  }

  /** @throws {@link SessionError} `TASK_NOT_SUBMITTED` when the task was not submitted. */
  async cancel(reason?: string): Promise<void> {
    await this.#submitted().cancel(reason);
  }

  /** @throws {@link SessionError} `TASK_NOT_SUBMITTED` when the task was not submitted. */
  async settled(): Promise<TaskResult<T>> {
    return await this.#submitted().settled();
  }

  /** The answer of a prompt, piece by piece: see {@link TaskFuture.stream}. @throws {@link SessionError} `TASK_NOT_SUBMITTED` when the task was not submitted. */
  stream(): AnswerStream {
    return this.#submitted().stream();
  }

  /** Rejects with {@link SessionError} `TASK_NOT_SUBMITTED` when the task was not submitted. */
  // Being awaitable is the point of a handle.
  // oxlint-disable-next-line unicorn/no-thenable
  then<A = TaskResult<T>, B = never>(
    onDone?: ((result: TaskResult<T>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#future === undefined) return Promise.reject(this.#notSubmitted()).then(onDone, onError);
    return this.#future.then(onDone, onError);
  }

  #submitted(): TaskFuture<T> {
    if (this.#future === undefined) throw this.#notSubmitted();
    return this.#future;
  }

  #notSubmitted(): SessionError {
    return new SessionError(
      "TASK_NOT_SUBMITTED",
      `[${this.uid}] not submitted yet: pass it to session.submitTasks first`,
    );
  }

  /** @internal Ties the task to what its session made of it. */
  static bind(task: Task, future: TaskFuture): void {
    task.#future = future;
  }

  /** @internal The future of a submitted task. */
  static futureOf(value: object): TaskFuture | undefined {
    return #future in value ? value.#future : undefined;
  }
}
