import type { AnswerStream } from "./answer-stream.ts";
import { taskMarker, type TaskHandle } from "./task-handle.ts";
import type { TaskResult } from "./task-result.ts";
import type { TaskState } from "./task-state.ts";

/** The session's side of a submitted task, as its handles see it. */
export interface FutureSource<T = unknown> {
  readonly uid: string;
  readonly state: TaskState;
  readonly backendName: string | undefined;
  /** The result once settled; reading it counts as having seen a failure. */
  readonly observedResult: TaskResult<T> | undefined;
  /** Resolves when the task settles; never rejects. */
  whenSettled(): Promise<TaskResult<T>>;
  /** Counts as having seen a failure. */
  stream(): AnswerStream;
  cancel(reason: string): Promise<void>;
}

/**
 * A submitted task: awaitable, and settled exactly once.
 *
 * Awaiting gives the {@link TaskResult} of a `DONE` task and rejects otherwise: with `TaskExecutionError` (`FAILED`), `DependencyError`
 * (`FAILED`, not run) or `TaskCancelledError` (`CANCELLED`). A future that nobody awaits never raises `unhandledRejection`.
 */
export class TaskFuture<T = unknown> implements TaskHandle<T> {
  static {
    Object.defineProperty(this.prototype, taskMarker, { value: true });
  }

  readonly #source: FutureSource<T>;

  /** @internal Futures come from `submitTasks`. */
  constructor(source: FutureSource<T>) {
    this.#source = source;
  }

  get uid(): string {
    return this.#source.uid;
  }

  get state(): TaskState {
    return this.#source.state;
  }

  get backend(): string | undefined {
    return this.#source.backendName;
  }

  /** The result, once there is one. */
  get result(): TaskResult<T> | undefined {
    return this.#source.observedResult;
  }

  cancel(reason = "cancelled by the user"): Promise<void> {
    return this.#source.cancel(reason);
  }

  settled(): Promise<TaskResult<T>> {
    return this.#source.whenSettled();
  }

  /**
   * The answer of a prompt, piece by piece, while the task runs: from its beginning, whenever this is called. It comes as one piece at the end unless the task has
   * `stream: true` and its backend streams. Pieces are the model's own words; of a task that has ended with a `responseSchema`, its value as JSON. Ends with the task, or
   * throws what awaiting it rejects with.
   */
  stream(): AnswerStream {
    return this.#source.stream();
  }

  // Being awaitable is the point of a future.
  // oxlint-disable-next-line unicorn/no-thenable
  then<A = TaskResult<T>, B = never>(
    onDone?: ((result: TaskResult<T>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#source
      .whenSettled()
      .then((result) => {
        if (result.error !== undefined) throw result.error;
        return result;
      })
      .then(onDone, onError);
  }

  /** @internal Gives the session its own side back. */
  static sourceOf(value: object): FutureSource | undefined {
    return #source in value ? value.#source : undefined;
  }
}
