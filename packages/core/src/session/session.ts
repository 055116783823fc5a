import { randomBytes } from "node:crypto";
import type { Backend } from "../backend/backend.ts";
import { claimBackend, releaseBackend } from "../backend/claim.ts";
import { getBackend } from "../discovery/get-backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import { SessionError } from "../errors/session-error.ts";
import type { EventStream } from "../events/event-stream.ts";
import { Notifier, type TaskCallback } from "../events/notifier.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import { TaskRecord } from "../graph/task-record.ts";
import { createLogger } from "../logging/create-logger.ts";
import type { Logger } from "../logging/logger.ts";
import { TaskFuture } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskResult } from "../task/task-result.ts";
import { Task } from "../task/task.ts";
import type { FuturesOf, TaskInput } from "./futures-of.ts";
import { onInterrupt } from "./interrupt.ts";
import { Scheduler } from "./scheduler.ts";
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
  /** Time between asking running tasks to stop and killing them, in milliseconds. @defaultValue 5,000 */
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
  readonly #backends: Backend[] = [];
  #default: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Resolved to turn a drain into a cancel. */
  readonly #hurry: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly #stopListening: () => void;

  /** @throws {@link OptionsError} that lists every problem; {@link BackendError} `BACKEND_IN_USE` or `BACKEND_CONTRACT`. */
  constructor(options: SessionOptions = {}) {
    this.#options = parseSessionOptions(options);
    this.uid = options.uid ?? `rhapsody.session.${randomBytes(4).toString("hex")}`;
    this.#workDirectory = new WorkDirectory(options.workDir, this.uid);
    this.logger = options.logger ?? this.#ownLogger();
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
    this.#addAll(options.backends ?? []);
    this.#stopListening = this.#listen();
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
    this.#addAll([backend]);
  }

  /**
   * Opens all backends now, in parallel, instead of on first use.
   *
   * @throws {@link BackendError} of the backend that could not be opened, or an `AggregateError` of them when they are several.
   */
  async start(): Promise<this> {
    this.#refuseWhenClosed("start");
    await this.#ensureBackends();
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
    if (this.#scheduler.lanes.size === 0) await this.#ensureBackends();
    this.#refuseWhenClosed("submitTasks");
    const records = toRecords(tasks, {
      owner: this.#scheduler,
      graph: this.#graph,
      lanes: this.#scheduler.lanes,
      defaults: this.#options.defaults ?? {},
      accepted: this.#scheduler.counts.submitted,
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
    return await waitFor(tasks.map((task) => this.#recordOf(task)), options);
  }

  /**
   * Stops tasks and resolves once their work is gone. Tasks that have settled stay as they are.
   *
   * @param reason - Goes into the error of whoever awaits a task.
   * @throws {@link SessionError} `TASK_UNKNOWN` for a task that was not submitted here; nothing is cancelled then.
   */
  async cancel(tasks: TaskHandle | string | readonly (TaskHandle | string)[], reason = "cancelled by the user"): Promise<void> {
    const list = Array.isArray(tasks) ? (tasks as readonly (TaskHandle | string)[]) : [tasks as TaskHandle | string];
    await this.#scheduler.cancel(list.map((task) => this.#recordOf(task)), reason);
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
   */
  events(options: { readonly bufferSize?: number } = {}): EventStream {
    return this.#notifier.open(options.bufferSize ?? DEFAULT_EVENT_BUFFER);
  }

  /** Where the tasks stand now. */
  statistics(): SessionStatistics {
    const { counts, lanes } = this.#scheduler;
    const { NEW: _, ...states } = counts.states;
    const backends = [...lanes.values()].map((lane) => {
      const { waiting, inFlight } = lane;
      return [lane.name, { status: this.#scheduler.statusOf(lane), waiting, inFlight }] as const;
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
    if (mode === "cancel") this.#hurry.resolve();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(mode: "cancel" | "drain", graceMs: number): Promise<void> {
    if (mode === "drain") await Promise.race([this.#scheduler.idle(), this.#hurry.promise]);
    const errors = await this.#scheduler.close(graceMs, "the session was closed");
    this.#stopListening();
    this.#logUnobserved();
    this.#notifier.close();
    for (const backend of this.#backends) releaseBackend(backend);
    await this.#workDirectory.close();
    if (errors.length > 0) throw new AggregateError(errors, `[session] ${errors.length} backends failed to close in order`);
  }

  #addAll(backends: readonly Backend[]): void {
    const claimed: Backend[] = [];
    try {
      for (const backend of backends) {
        claimBackend(backend, this.uid);
        claimed.push(backend);
        if (this.#scheduler.lanes.has(backend.name)) {
          throw new BackendError("BACKEND_IN_USE", {
            backend: backend.name,
            message: "the session already has a backend of this name: give one of them another `name`",
          });
        }
        this.#scheduler.addBackend(backend);
      }
    } catch (error) {
      // A session that is not built, or a call that fails, must not keep what it took.
      for (const backend of claimed) if (!this.#backends.includes(backend)) releaseBackend(backend);
      throw error;
    }
    this.#backends.push(...claimed);
  }

  /** Takes the default backend when none was given. */
  async #ensureBackends(): Promise<void> {
    if (this.#scheduler.lanes.size > 0) return;
    this.#default ??= this.#addDefault();
    await this.#default;
  }

  async #addDefault(): Promise<void> {
    if (this.#options.backends !== undefined) {
      throw new SessionError("SESSION_NO_BACKEND", "[session] no backends: `backends` is an empty list; leave it out for the default one");
    }
    try {
      this.#addAll([await getBackend("concurrent")]);
    } catch (cause) {
      this.#default = undefined;
      const how = cause instanceof Error ? cause.message : String(cause);
      throw new SessionError("SESSION_NO_BACKEND", `[session] no backends given, and the default one cannot be used: ${how}`, { cause });
    }
  }

  #recordOf(task: TaskHandle | string): TaskRecord {
    if (typeof task === "string") {
      const record = this.#graph.get(task);
      if (record !== undefined) return record;
      const known = this.#graph.has(task);
      throw new SessionError(
        "TASK_UNKNOWN",
        known
          ? `[session] the result of ${task} was released: keep its future, or raise the session's retainedResults`
          : `[session] no task ${JSON.stringify(task)} was submitted to this session`,
      );
    }
    const source = TaskFuture.sourceOf(Task.futureOf(task) ?? task);
    if (source instanceof TaskRecord && source.owner === this.#scheduler) return source;
    throw new SessionError("TASK_UNKNOWN", `[session] task ${task.uid} was not submitted to this session`);
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closing === undefined) return;
    throw new SessionError("SESSION_CLOSED", `[session] ${what}: session ${this.uid} is closed; make a new one`);
  }

  #ownLogger(): Logger {
    if (this.#options.logFile !== true) return createLogger();
    return createLogger({ file: `${this.#workDirectory.makeSync()}/session.log` });
  }

  #listen(): () => void {
    const { signal, handleInterrupt = true } = this.#options;
    const abort = (): void => {
      // Whoever calls close gets the errors; here nobody waits for them.
      this.close().catch((error: unknown) => this.logger.error({ session: this.uid, error }, "closing the session failed"));
    };
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    const stopInterrupt = handleInterrupt ? this.#handleInterrupt() : undefined;
    return () => {
      signal?.removeEventListener("abort", abort);
      stopInterrupt?.();
    };
  }

  #handleInterrupt(): () => void {
    return onInterrupt({
      close: async () => {
        const open = this.#scheduler.counts.unsettled;
        this.logger.warn({ session: this.uid }, `interrupted: cancelling ${open} tasks and closing; Ctrl-C again to leave at once`);
        await this.close().catch((error: unknown) => this.logger.error({ session: this.uid, error }, "closing the session failed"));
      },
      abandon: () => this.logger.warn({ session: this.uid }, "interrupted again: leaving at once"),
    });
  }

  #logUnobserved(): void {
    for (const record of this.#graph.records()) {
      const error = record.result?.error;
      if (record.observed || error === undefined || record.state !== "FAILED") continue;
      this.logger.error({ session: this.uid, task: record.uid, backend: record.backendName, error }, "a task failed and nobody looked at it");
    }
  }
}

function futureOf(record: TaskRecord): TaskFuture {
  const { handle } = record;
  if (handle instanceof TaskFuture) return handle;
  return (handle === undefined ? undefined : Task.futureOf(handle)) ?? new TaskFuture(record);
}
