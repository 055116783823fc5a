import type { BackendContext, BackendHandle, CancelOutcome } from "../backend/backend.ts";
import { BaseExecutionBackend } from "../backend/base-execution-backend.ts";
import type { BackendCapabilities, BackendCapacity } from "../backend/capabilities.ts";
import type { EngineFacts } from "../backend/engine-facts.ts";
import type { TaskAttempt, TaskSpec } from "../backend/task-spec.ts";
import type { TaskFailure, TaskOutcome, TaskUpdate } from "../backend/task-update.ts";
import { BackendError } from "../errors/backend-error.ts";

/** What becomes of an attempt on a {@link RecordingBackend}: with a `failure` it is `FAILED`, else `DONE`. */
export interface RecordedAnswer extends TaskOutcome {
  readonly failure?: TaskFailure | undefined;
}

/** How a {@link RecordingBackend} behaves. */
export interface RecordingBackendOptions {
  /** Routing key. @defaultValue `"recording"` */
  readonly name?: string | undefined;
  /** Changes to what it says it can; by default everything. */
  readonly capabilities?: Partial<BackendCapabilities> | undefined;
  /**
   * What becomes of an attempt: its outcome, a failure included, or `undefined` to leave it running until the test says more.
   * @defaultValue leaves every attempt to the test
   */
  readonly respond?: ((task: TaskSpec) => RecordedAnswer | undefined) | undefined;
  /** What cancelling an attempt comes to. @defaultValue `"cancelled"` */
  readonly cancelOutcome?: CancelOutcome | undefined;
}

/**
 * A backend that runs nothing, records what it is handed, and does what a test tells it: for testing workflows without an engine.
 *
 * @example
 * ```ts
 * import { ComputeTask, Session } from "@rhapsody/core";
 * import { RecordingBackend } from "@rhapsody/core/testing";
 *
 * const backend = new RecordingBackend();
 * await using session = new Session({ backends: [backend] });
 * const [future] = await session.submitTasks([new ComputeTask({ executable: "simulate", uid: "sim" })]);
 * await backend.submission("sim");
 * backend.done("sim", { stdout: "42\n" });
 * console.log((await future).stdout);
 * ```
 */
export class RecordingBackend extends BaseExecutionBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** Every attempt handed over, in order. */
  readonly submissions: TaskSpec[] = [];
  /** Every attempt that was to be cancelled, in order. */
  readonly cancellations: (TaskAttempt & { readonly reason: string })[] = [];
  /** How often it was opened. */
  openings = 0;
  /** Rejects the next openings with these errors, first to last. */
  readonly openErrors: Error[] = [];
  /** Rejects the next batches with these errors, first to last. */
  readonly submitErrors: Error[] = [];

  readonly #options: RecordingBackendOptions;
  readonly #running = new Map<string, TaskSpec>();
  #waiters: { readonly uid: string; readonly attempt: number; readonly resolve: (task: TaskSpec) => void }[] = [];
  #context: BackendContext | undefined;

  constructor(options: RecordingBackendOptions = {}) {
    super();
    this.#options = options;
    this.name = options.name ?? "recording";
    this.capabilities = {
      taskKinds: ["executable", "function", "prompt", "embedding"],
      functionKinds: ["inline", "module", "python"],
      resources: ["cores", "gpus", "memoryBytes", "ranks", "nodes"],
      cancellation: "running",
      ...options.capabilities,
    };
  }

  /** True between opening and closing. */
  get isOpen(): boolean {
    return this.#context !== undefined;
  }

  /** Uids of the attempts that have not ended. */
  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    const error = this.openErrors.shift();
    if (error !== undefined) throw error;
    if (this.#context !== undefined)
      throw new BackendError("BACKEND_IN_USE", { backend: this.name, message: "is already open" });
    this.#context = context;
    this.openings += 1;
    return {
      submit: async (tasks) => this.#submit(tasks),
      cancel: async (tasks, reason) => {
        for (const { uid, attempt, epoch } of tasks) {
          this.cancellations.push({ uid, attempt, epoch, reason });
          if (this.#running.get(uid)?.attempt === attempt) this.#running.delete(uid);
        }
        return tasks.map(() => this.#options.cancelOutcome ?? "cancelled");
      },
      close: async () => {
        if (this.#context === context) this.#context = undefined;
        this.#running.clear();
      },
    };
  }

  /** Resolves to an attempt once it is handed over; at once when it was. */
  submission(uid: string, attempt = 1): Promise<TaskSpec> {
    const earlier = this.submissions.find((task) => task.uid === uid && task.attempt === attempt);
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve) => this.#waiters.push({ uid, attempt, resolve }));
  }

  /** Reports that an attempt began. */
  run(uid: string): void {
    this.#report([{ ...this.#attempt(uid), state: "RUNNING" }]);
  }

  /** Reports that an attempt ended well; that it began first, too, unless it was reported. */
  done(uid: string, outcome: TaskOutcome = {}): void {
    this.#end(uid, (attempt) => ({ ...attempt, ...outcome, state: "DONE" }));
  }

  /** Reports that an attempt failed. */
  fail(uid: string, failure: TaskFailure, outcome: TaskOutcome = {}): void {
    this.#end(uid, (attempt) => ({ ...attempt, ...outcome, state: "FAILED", failure }));
  }

  /** Reports that an attempt was stopped, as an engine does when somebody cancels behind the session's back. */
  canceled(uid: string, outcome: TaskOutcome = {}): void {
    this.#end(uid, (attempt) => ({ ...attempt, ...outcome, state: "CANCELED" }));
  }

  /** Reports that what ran an attempt died under it, while the engine goes on. */
  loseWorker(uid: string, message = "the worker died"): void {
    this.#end(uid, (attempt) => ({ ...attempt, state: "LOST", failure: { code: "TASK_WORKER_DIED", message } }));
  }

  /** Reports a piece of output of a running attempt. */
  output(uid: string, text: string, stream: "stdout" | "stderr" | "response" = "stdout"): void {
    this.#report([{ ...this.#attempt(uid), state: "OUTPUT", stream, text }]);
  }

  /** Reports anything at all, as a broken engine might. */
  report(updates: readonly TaskUpdate[]): void {
    this.#report(updates);
  }

  /** Says how much work it takes from now on. */
  setCapacity(capacity: BackendCapacity): void {
    this.#opened().capacity(capacity);
  }

  /** Tells how its engine is doing. */
  observe(facts: EngineFacts): void {
    this.#opened().observe(facts);
  }

  /** Dies. */
  lose(message = "the engine died"): void {
    const context = this.#opened();
    this.#running.clear();
    this.#context = undefined;
    context.lost(new BackendError("BACKEND_LOST", { backend: this.name, message }));
  }

  #submit(tasks: readonly TaskSpec[]): void {
    const error = this.submitErrors.shift();
    if (error !== undefined) throw error;
    if (this.#context === undefined)
      throw new BackendError("BACKEND_CLOSED", { backend: this.name, message: "is closed" });
    for (const task of tasks) {
      this.submissions.push(task);
      this.#running.set(task.uid, task);
    }
    for (const task of tasks) {
      const waiting = this.#waiters.filter(({ uid, attempt }) => uid === task.uid && attempt === task.attempt);
      this.#waiters = this.#waiters.filter((waiter) => !waiting.includes(waiter));
      for (const { resolve } of waiting) resolve(task);
      const answer = this.#options.respond?.(task);
      if (answer === undefined) continue;
      const { failure, ...outcome } = answer;
      if (failure === undefined) this.done(task.uid, outcome);
      else this.fail(task.uid, failure, outcome);
    }
  }

  #end(uid: string, toUpdate: (attempt: TaskAttempt) => TaskUpdate): void {
    const attempt = this.#attempt(uid);
    this.#running.delete(uid);
    this.#report([toUpdate(attempt)]);
  }

  #attempt(uid: string): TaskAttempt {
    const task = this.#running.get(uid);
    if (task === undefined)
      throw new TypeError(`RecordingBackend: ${uid} is not running; running are: ${this.running.join(", ") || "none"}`);
    return { uid, attempt: task.attempt, epoch: task.epoch };
  }

  #report(updates: readonly TaskUpdate[]): void {
    this.#opened().report(updates);
  }

  #opened(): BackendContext {
    if (this.#context === undefined) throw new TypeError("RecordingBackend: it is not open");
    return this.#context;
  }
}
