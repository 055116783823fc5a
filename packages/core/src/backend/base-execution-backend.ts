import { BackendError } from "../errors/backend-error.ts";
import type { FuturesOf, TaskInput } from "../session/futures-of.ts";
import { Session } from "../session/session.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskState } from "../task/task-state.ts";
import type { Backend, BackendContext, BackendHandle } from "./backend.ts";
import type { BackendCapabilities } from "./capabilities.ts";
import type { TasksMainState } from "./tasks-main-states.ts";

/** Life of a backend that is used directly. */
export type BackendMainState = "INITIALIZED" | "RUNNING" | "SHUTDOWN";

/** Called with a task and the main state it has just reached. What it returns is ignored; it may be asynchronous. */
export type MainStateCallback = (task: TaskHandle, state: TasksMainState) => unknown;

/**
 * Gives a backend the direct style: `submitTasks` and `shutdown` on the backend itself, without a session in sight.
 *
 * It holds a private one-backend {@link Session}, so everything a session does holds here as well. Extending this class is a convenience; the
 * contract is {@link Backend}. A backend in use this way cannot join a session, nor the other way round (`BACKEND_IN_USE`).
 */
export abstract class BaseExecutionBackend implements Backend, AsyncDisposable {
  readonly contract = "backend/1" as const;
  abstract readonly name: string;
  abstract readonly capabilities: BackendCapabilities;
  abstract open(context: BackendContext): Promise<BackendHandle>;

  #session: Session | undefined;
  #shutdown: Promise<void> | undefined;
  readonly #callbacks: MainStateCallback[] = [];

  /** `INITIALIZED` until the first task, `RUNNING`, then `SHUTDOWN`. */
  get state(): BackendMainState {
    if (this.#shutdown !== undefined) return "SHUTDOWN";
    return this.#session === undefined ? "INITIALIZED" : "RUNNING";
  }

  /**
   * Opens the backend now instead of with the first task.
   *
   * @throws {@link BackendError} when it cannot be opened, serves a session, or was shut down.
   */
  async initialize(): Promise<this> {
    await this.#own().start();
    return this;
  }

  /**
   * Calls a function whenever a task reaches one of the main states. May be called before anything else, and several times.
   */
  registerCallback(callback: MainStateCallback): void {
    if (typeof callback !== "function") throw new TypeError("registerCallback: the callback must be a function");
    this.#callbacks.push(callback);
    if (this.#session !== undefined) register(this.#session, callback);
  }

  /** Submits tasks to this backend; see {@link Session.submitTasks}. */
  async submitTasks<const T extends readonly TaskInput[]>(tasks: T): Promise<FuturesOf<T>> {
    return await this.#own().submitTasks(tasks);
  }

  /** Cancels what is not done and closes the backend. Idempotent. */
  async shutdown(): Promise<void> {
    this.#shutdown ??= this.#session?.close() ?? Promise.resolve();
    await this.#shutdown;
  }

  /** Shuts the backend down; see {@link BaseExecutionBackend.shutdown}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #own(): Session {
    if (this.#shutdown !== undefined) {
      throw new BackendError("BACKEND_CLOSED", { backend: this.name, message: "was shut down: build a new one" });
    }
    if (this.#session !== undefined) return this.#session;
    const session = new Session({ backends: [this] });
    for (const callback of this.#callbacks) register(session, callback);
    this.#session = session;
    return session;
  }
}

function register(session: Session, callback: MainStateCallback): void {
  session.registerCallback((task, state) => {
    const main = mainStates[state];
    return main === undefined ? undefined : callback(task, main);
  });
}

const mainStates: Partial<Record<TaskState, TasksMainState>> = {
  EXECUTING: "RUNNING",
  DONE: "DONE",
  FAILED: "FAILED",
  CANCELLED: "CANCELED",
};
