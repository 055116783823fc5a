import { randomBytes } from "node:crypto";
import type { Backend } from "../backend/backend.ts";
import { SessionError } from "../errors/session-error.ts";
import type { EventStream } from "../events/event-stream.ts";
import { Notifier, type TaskCallback } from "../events/notifier.ts";
import { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { AlreadyResumed } from "../journal/already-resumed.ts";
import type { Journal, ResumedJournal } from "../journal/journal.ts";
import { openPast } from "../journal/open-past.ts";
import { SessionMemory, uidsIn } from "../journal/session-memory.ts";
import { createLogger } from "../logging/create-logger.ts";
import { guardLogger } from "../logging/guard-logger.ts";
import type { Logger } from "../logging/logger.ts";
import type { TaskFuture } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskResult } from "../task/task-result.ts";
import { NO_DEFAULTS } from "../validate/task-defaults.ts";
import { closeOnRequest } from "./close-on-request.ts";
import { Closing, type CloseOptions } from "./closing.ts";
import { findRecord } from "./find-record.ts";
import { futureOf, type FuturesOf, type TaskInput } from "./futures-of.ts";
import { logUnobserved } from "./log-unobserved.ts";
import { checkResumeOptions, withVariables, type ResumeOptions, type ResumeSummary } from "./resume-options.ts";
import { Scheduler, type JournalParts } from "./scheduler.ts";
import { SessionBackends } from "./session-backends.ts";
import { parseSessionOptions, type SessionOptions } from "./session-options.ts";
import type { SessionStatistics } from "./statistics.ts";
import { checkBatch } from "./submit-batch.ts";
import { waitFor, type WaitOptions } from "./wait-for.ts";
import { besideJournal, WorkDirectory } from "./work-directory.ts";

const DEFAULT_RETAINED_RESULTS = 10_000;

const DEFAULT_EVENT_BUFFER = 10_000;

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
  /** Absent without a journal. */
  readonly #memory: SessionMemory | undefined;
  #resumed: ResumeSummary | undefined;
  readonly #closing = new Closing();
  #closed: Promise<void> | undefined;
  readonly #stopListening: () => void;

  /** @throws {@link OptionsError} that lists every problem; {@link BackendError} `BACKEND_IN_USE` or `BACKEND_CONTRACT`. */
  constructor(options: SessionOptions = {}) {
    this.#options = parseSessionOptions(options);
    this.uid = options.uid ?? `rhapsody.session.${randomBytes(4).toString("hex")}`;
    this.#workDirectory = new WorkDirectory(
      { parent: options.workDir, beside: besideJournal(options.journal) },
      this.uid,
    );
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
      failover: options.failover,
      journal: this.#journalParts(),
    });
    const { logbook, owner, lanes } = this.#scheduler;
    if (logbook !== undefined) this.#memory = new SessionMemory({ graph: this.#graph, owner, logbook, lanes });
    this.#backends = new SessionBackends(this.uid, this.#scheduler, options.backends);
    this.#stopListening = closeOnRequest(options, {
      close: (how) => this.close(how),
      logger: this.logger,
      unsettled: () => this.#scheduler.table.counts.unsettled,
      resumable: () => this.#resumable(),
    });
  }

  /**
   * Goes on with the session of a journal, after its process ended in whatever way: tasks that are `DONE` keep their results and satisfy what depends on
   * them, all others run again: at once, or when they are submitted again. See {@link Session.resumed} for what was found.
   *
   * Tasks that are submitted as they were before are not run twice: a script that builds its graph anew gets the tasks that there are.
   *
   * @param journal - Path of the journal's file, or a journal.
   * @throws {@link JournalError} when the journal cannot be resumed; {@link TaskValidationError} that lists every task that cannot be resumed with these
   * backends, functions and secrets, or {@link OptionsError}. The journal is as before then.
   */
  static async resume(journal: string | Journal, options: ResumeOptions = {}): Promise<Session> {
    checkResumeOptions(journal, options);
    const { unfinished = "run", functions = {}, secrets, uid, create: _, ...rest } = options;
    const { place, resumed } = await openPast(journal, options);
    if (resumed === undefined) return new Session({ ...rest, uid, journal: place });
    let session: Session | undefined;
    try {
      session = new Session({ ...rest, uid: resumed.session.uid, journal: new AlreadyResumed(place, resumed) });
      await session.#resume(resumed, { unfinished, functions, secrets: withVariables(secrets) });
      return session;
    } catch (error) {
      await session?.close();
      await resumed.handle.close();
      throw error;
    }
  }

  /** What was found when the session was resumed; absent in a new one. */
  get resumed(): ResumeSummary | undefined {
    return this.#resumed;
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
    await this.#scheduler.logbook?.open();
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
    // Checked and accepted in one go, or another batch might come between.
    const submit = (): Submission => this.#submit(tasks);
    const { futures, accepted } =
      this.#memory === undefined ? submit() : await this.#memory.during(uidsIn(tasks), submit);
    await accepted;
    // One future for each task, in order: that is what FuturesOf says of the batch.
    return futures as unknown as FuturesOf<T>;
  }

  /**
   * Waits until tasks have settled, and resolves to their results in order. A task's failure is not thrown: look at `state`.
   *
   * @throws {@link SessionError} `WAIT_TIMEOUT` when the time is up (the tasks go on), `TASK_UNKNOWN`; the signal's reason when it is aborted.
   */
  async waitTasks(tasks: readonly (TaskHandle | string)[], options: WaitOptions = {}): Promise<TaskResult[]> {
    const find = (): readonly TaskRecord[] => tasks.map((task) => findRecord(task, this.#graph, this.#scheduler.owner));
    const uids = tasks.filter((task) => typeof task === "string");
    const records = this.#memory === undefined || uids.length === 0 ? find() : await this.#memory.during(uids, find);
    return await waitFor(records, options);
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
      const { status, waiting, inFlight, engine } = lane;
      return [lane.name, { status, waiting, inFlight, ...(engine !== undefined && { engine }) }] as const;
    });
    return {
      submitted: counts.submitted,
      states,
      retries: counts.retries,
      cached: counts.cached,
      backends: Object.fromEntries(backends),
      elapsedMs: counts.firstSubmission === undefined ? 0 : performance.now() - counts.firstSubmission,
    };
  }

  /**
   * Closes the session: no more submissions, every task settled, every backend closed, nothing left running.
   *
   * Idempotent: a further call waits for the same end. It may only hurry it: a drain becomes a checkpoint or a cancel, a checkpoint becomes a cancel,
   * the earlier deadline counts, and the smaller grace, until tasks are being stopped.
   *
   * @throws `AggregateError` of what the backends threw while they closed; the session is closed all the same. `RangeError` when an option is none.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closing.request(options);
    this.#closed ??= this.#close();
    await this.#closed;
  }

  /** Closes the session, cancelling what is not done; one that is being closed, however patiently, it waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#closed ?? this.close());
  }

  async #close(): Promise<void> {
    const closing = this.#closing;
    await closing.wait(this.#scheduler);
    const errors = await this.#scheduler.close(closing.graceMs, closing.reason(this.#resumable()));
    this.#stopListening();
    logUnobserved(this.#graph, this.logger, this.uid);
    this.#notifier.close();
    this.#backends.release();
    await this.#workDirectory.close();
    if (errors.length > 0)
      throw new AggregateError(errors, `[session] ${errors.length} backends failed to close in order`);
  }

  /** Location of the journal, when it has tasks that a resume would run. */
  #resumable(): string | undefined {
    const { logbook, table } = this.#scheduler;
    const { unsettled, left } = table.counts;
    return unsettled + left > 0 ? logbook?.location : undefined;
  }

  #submit(tasks: readonly TaskInput[]): Submission {
    this.#refuseWhenClosed("submitTasks");
    const { records, fresh, descriptions } = checkBatch(tasks, {
      owner: this.#scheduler.owner,
      graph: this.#graph,
      lanes: this.#scheduler.lanes,
      defaults: this.#options.defaults ?? NO_DEFAULTS,
      restored: this.#memory?.restored,
    });
    return { futures: records.map(futureOf), accepted: this.#scheduler.accept(fresh, descriptions) };
  }

  async #resume(journal: ResumedJournal, given: Parameters<SessionMemory["restore"]>[1]): Promise<void> {
    await this.#backends.ensure();
    await this.#scheduler.logbook?.open();
    const records = (await this.#memory?.restore(journal, given)) ?? [];
    const done = journal.tasks.filter((task) => task.done).length;
    this.#scheduler.table.counts.restore(done);
    this.#resumed = { done, unfinished: records.map(futureOf), dropped: journal.dropped };
    for (const what of journal.dropped) this.logger.warn({ session: this.uid }, `journal: ${what}`);
    await this.#scheduler.accept(records);
  }

  #journalParts(): JournalParts | undefined {
    const { journal, reuse = [] } = this.#options;
    if (journal === undefined) return undefined;
    const session = { uid: this.uid, workDir: this.workDir, created: Date.now() };
    return { journal, session, reuse, searchPath: process.env["PATH"] };
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closed === undefined) return;
    throw new SessionError("SESSION_CLOSED", `[session] ${what}: session ${this.uid} is closed; make a new one`);
  }

  #ownLogger(): Logger {
    if (this.#options.logFile !== true) return createLogger();
    return createLogger({ file: `${this.#workDirectory.makeSync()}/session.log` });
  }
}

/** A batch on its way in. */
interface Submission {
  readonly futures: readonly TaskFuture[];
  /** Resolves once the batch is accepted. */
  readonly accepted: Promise<void>;
}
