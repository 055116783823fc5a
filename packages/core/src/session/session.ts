import { randomBytes } from "node:crypto";
import type { Backend } from "../backend/backend.ts";
import { SessionError } from "../errors/session-error.ts";
import type { EventStream } from "../events/event-stream.ts";
import { Notifier, type TaskCallback } from "../events/notifier.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { createLogger } from "../logging/create-logger.ts";
import { guardLogger } from "../logging/guard-logger.ts";
import type { Logger } from "../logging/logger.ts";
import { TaskFuture } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskResult } from "../task/task-result.ts";
import { Task } from "../task/task.ts";
import { NO_DEFAULTS } from "../validate/task-defaults.ts";
import { closeOnRequest } from "./close-on-request.ts";
import { findRecord } from "./find-record.ts";
import type { FuturesOf, TaskInput } from "./futures-of.ts";
import { logUnobserved } from "./log-unobserved.ts";
import { Scheduler } from "./scheduler.ts";
import { SessionBackends } from "./session-backends.ts";
import { parseSessionOptions, type SessionOptions } from "./session-options.ts";
import type { SessionStatistics } from "./statistics.ts";
import { toRecords } from "./submit-batch.ts";
import { waitFor, type WaitOptions } from "./wait-for.ts";
import { WorkDirectory } from "./work-directory.ts";

/** How long running tasks get between being asked to stop and being killed when a session closes, in milliseconds. */
const DEFAULT_GRACE_MS = 5_000;

const DEFAULT_RETAINED_RESULTS = 10_000;

const DEFAULT_EVENT_BUFFER = 10_000;

/** How to close a session. */
export interface CloseOptions {
  /** `cancel`: stop what is not done. `drain`: finish everything accepted first. @defaultValue `"cancel"` */
  readonly mode?: "cancel" | "drain" | undefined;
  /** Time between asking running tasks to stop and killing them, and longest wait for a backend that is still opening, in milliseconds. @defaultValue 5,000 */
  readonly graceMs?: number | undefined;
}

/**
 * Runs a graph of tasks over any mix of backends.
 *
 * Backends are opened on first use, or by {@link Session.start}. Every accepted task settles exactly once, at the latest when the session closes.
 * `await using` closes it, cancelling what is not done, when its block is left.
 */
export class Session implements AsyncDisposable {
  readonly uid: string;
  /** Logs as given, or the session's own. */
  readonly logger: Logger;

  readonly #options: SessionOptions;
  readonly #workDirectory: WorkDirectory;
  readonly #graph: TaskGraph;
  readonly #notifier: Notifier;
  readonly #scheduler: Scheduler;
  readonly #backends: SessionBackends;
  #closing: Promise<void> | undefined;
  /** Resolved, with the grace that is left, to turn a drain into a cancel. */
  readonly #hurry: PromiseWithResolvers<number> = Promise.withResolvers<number>();
  readonly #stopListening: () => void;

  /** @throws {@link OptionsError} that lists every problem; {@link BackendError} `BACKEND_IN_USE` or `BACKEND_CONTRACT`. */
  constructor(options: SessionOptions = {}) {
    this.#options = parseSessionOptions(options);
    this.uid = options.uid ?? `rhapsody.session.${randomBytes(4).toString("hex")}`;
    this.#workDirectory = new WorkDirectory(options.workDir, this.uid);
    this.logger = guardLogger(options.logger ?? this.#ownLogger());
    this.#graph = new TaskGraph(options.retainedResults ?? DEFAULT_RETAINED_RESULTS);
    this.#notifier = new Notifier(this.logger);
    this.#scheduler = new Scheduler({
      sessionUid: this.uid,
      logger: this.logger,
      graph: this.#graph,
      notifier: this.#notifier,
      environment: {},
      workDir: () => this.#workDirectory.make(),
    });
    this.#backends = new SessionBackends(this.uid, this.#scheduler, options.backends);
    this.#stopListening = closeOnRequest(options, {
      close: () => this.close(),
      logger: this.logger,
      unsettled: () => this.#scheduler.table.counts.unsettled,
    });
  }

  /** Directory of this session's files; made when the first backend opens. */
  get workDir(): string {
    return this.#workDirectory.path;
  }

  /** Names of the backends, in order of preference. */
  get backends(): readonly string[] {
    return [...this.#scheduler.lanes.keys()];
  }

  /**
   * Adds a backend; tasks submitted from now on may use it.
   *
   * @throws {@link BackendError} `BACKEND_IN_USE` when it serves a session already, or its name is taken; `BACKEND_CONTRACT` when it follows none that is known.
   */
  addBackend(backend: Backend): void {
    this.#refuseWhenClosed("addBackend");
    this.#backends.add([backend]);
  }

  /**
   * Opens all backends now, in parallel, instead of on first use.
   *
   * @throws {@link BackendError} of the backend that could not be opened, or an `AggregateError` of them when they are several.
   */
  async start(): Promise<this> {
    this.#refuseWhenClosed("start");
    await this.#backends.ensure();
    const openings = await Promise.allSettled([...this.#scheduler.lanes.values()].map((lane) => lane.open()));
    const errors = openings.flatMap((opening) => (opening.status === "rejected" ? [opening.reason as unknown] : []));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `[session] ${errors.length} backends could not be opened`);
    return this;
  }

  /**
   * Submits tasks, task objects or plain descriptions, and resolves to their futures, in order, once the batch is accepted.
   *
   * A batch is accepted whole or not at all. Tasks may depend on any task of the batch or submitted before, settled or not, and may be
   * submitted at any time, from callbacks too.
   *
   * @throws {@link TaskValidationError} that lists all that is wrong; {@link SessionError} `SESSION_CLOSED` or `SESSION_NO_BACKEND`.
   */
  async submitTasks<const T extends readonly TaskInput[]>(tasks: T): Promise<FuturesOf<T>> {
    this.#refuseWhenClosed("submitTasks");
    if (!Array.isArray(tasks)) throw new TypeError("submitTasks: give a list of tasks, also for a single one");
    if (this.#scheduler.lanes.size === 0) await this.#backends.ensure();
    this.#refuseWhenClosed("submitTasks");
    const records = toRecords(tasks, {
      owner: this.#scheduler.owner,
      graph: this.#graph,
      lanes: this.#scheduler.lanes,
      defaults: this.#options.defaults ?? NO_DEFAULTS,
      accepted: this.#scheduler.table.counts.submitted,
    });
    const futures = records.map(futureOf);
    this.#scheduler.accept(records);
    // One future for each task, in order: that is what FuturesOf says of the batch.
    return futures as unknown as FuturesOf<T>;
  }

  /**
   * Waits until tasks have settled, and resolves to their results in order. A task's failure is not thrown: look at `state`.
   *
   * @throws {@link SessionError} `WAIT_TIMEOUT` when the time is up (the tasks go on), `TASK_UNKNOWN`; the signal's reason when it is aborted.
   */
  async waitTasks(tasks: readonly (TaskHandle | string)[], options: WaitOptions = {}): Promise<TaskResult[]> {
    return await waitFor(
      tasks.map((task) => findRecord(task, this.#graph, this.#scheduler.owner)),
      options,
    );
  }

  /**
   * Stops tasks and resolves once their work is gone. Tasks that have settled stay as they are.
   *
   * @param reason - Goes into the error of whoever awaits a task.
   * @throws {@link SessionError} `TASK_UNKNOWN` for a task that was not submitted here; nothing is cancelled then.
   */
  async cancel(
    tasks: TaskHandle | string | readonly (TaskHandle | string)[],
    reason = "cancelled by the user",
  ): Promise<void> {
    const list = Array.isArray(tasks) ? (tasks as readonly (TaskHandle | string)[]) : [tasks as TaskHandle | string];
    await this.#scheduler.cancel(
      list.map((task) => findRecord(task, this.#graph, this.#scheduler.owner)),
      reason,
    );
  }

  /**
   * Calls a function whenever a task reaches a state. One that throws is logged and disturbs nobody.
   *
   * @returns a function that takes the callback away.
   */
  registerCallback(callback: TaskCallback): () => void {
    if (typeof callback !== "function") throw new TypeError("registerCallback: the callback must be a function");
    return this.#notifier.add(callback);
  }

  /**
   * Everything that happens from now on, in order, until the session closes or the loop is left.
   *
   * @param options - `bufferSize`: events kept for a slow reader; beyond it the oldest are dropped, and a `dropped` event counts them. Default 10,000.
   * @throws RangeError when `bufferSize` is no whole number of at least 1.
   */
  events(options: { readonly bufferSize?: number } = {}): EventStream {
    const { bufferSize = DEFAULT_EVENT_BUFFER } = options;
    if (!Number.isInteger(bufferSize) || bufferSize < 1) {
      throw new RangeError(`events: bufferSize must be a whole number of at least 1, not ${bufferSize}`);
    }
    return this.#notifier.open(bufferSize);
  }

  /** Where the tasks stand now. */
  statistics(): SessionStatistics {
    const { lanes } = this.#scheduler;
    const { counts } = this.#scheduler.table;
    const { NEW: _, ...states } = counts.states;
    const backends = [...lanes.values()].map((lane) => {
      const { status, waiting, inFlight } = lane;
      return [lane.name, { status, waiting, inFlight }] as const;
    });
    return {
      submitted: counts.submitted,
      states,
      retries: counts.retries,
      backends: Object.fromEntries(backends),
      elapsedMs: counts.firstSubmission === undefined ? 0 : performance.now() - counts.firstSubmission,
    };
  }

  /**
   * Closes the session: no more submissions, every task settled, every backend closed, nothing left running. Idempotent; a second call
   * may turn a drain into a cancel.
   *
   * @throws `AggregateError` of what the backends threw while they closed; the session is closed all the same.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { mode = "cancel", graceMs = DEFAULT_GRACE_MS } = options;
    this.#closing ??= this.#close(mode, graceMs);
    if (mode === "cancel") this.#hurry.resolve(graceMs);
    await this.#closing;
  }

  /** Closes the session; see {@link Session.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(mode: "cancel" | "drain", graceMs: number): Promise<void> {
    const idle = (): Promise<number> => this.#scheduler.idle().then(() => graceMs);
    const grace = mode === "drain" ? await Promise.race([idle(), this.#hurry.promise]) : graceMs;
    const errors = await this.#scheduler.close(grace, "the session was closed");
    this.#stopListening();
    logUnobserved(this.#graph, this.logger, this.uid);
    this.#notifier.close();
    this.#backends.release();
    await this.#workDirectory.close();
    if (errors.length > 0)
      throw new AggregateError(errors, `[session] ${errors.length} backends failed to close in order`);
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closing === undefined) return;
    throw new SessionError("SESSION_CLOSED", `[session] ${what}: session ${this.uid} is closed; make a new one`);
  }

  #ownLogger(): Logger {
    if (this.#options.logFile !== true) return createLogger();
    return createLogger({ file: `${this.#workDirectory.makeSync()}/session.log` });
  }
}

function futureOf(record: TaskRecord): TaskFuture {
  const { handle } = record;
  if (handle instanceof TaskFuture) return handle;
  const future = handle === undefined ? undefined : Task.futureOf(handle);
  return future ?? new TaskFuture(record);
}
