import type { Backend } from "../backend/backend.ts";
import type { EngineFacts } from "../backend/engine-facts.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import { ResultCache, type AfterLookup, type ResultCacheParts } from "../cache/result-cache.ts";
import { BackendLane } from "../dispatch/backend-lane.ts";
import type { BackendStatus, LaneSink, Misfit } from "../dispatch/lane-sink.ts";
import { prepareRecord, type AfterPreparing } from "../dispatch/prepare-work.ts";
import type { BackendError } from "../errors/backend-error.ts";
import type { JournalError } from "../errors/journal-error.ts";
import type { Notifier } from "../events/notifier.ts";
import { toFailoverSettings, type FailoverPolicy, type FailoverSettings } from "../failover/failover-policy.ts";
import { Failover } from "../failover/failover.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Encoded } from "../journal/journal.ts";
import { Logbook, type JournalStatus, type LogbookParts } from "../journal/logbook.ts";
import type { Logger } from "../logging/logger.ts";
import { StateTable } from "../report/state-table.ts";
import { UpdateReader } from "../report/update-reader.ts";
import { AttemptEnding } from "../settle/attempt-ending.ts";
import { backendFailure, misfitFailure, valueFailure } from "../settle/session-failures.ts";
import { Settler } from "../settle/settler.ts";
import { Stopper } from "../settle/stopper.ts";
import { TaskTimers } from "../timing/task-timers.ts";
import { Pump } from "./pump.ts";
import { SessionTie } from "./session-tie.ts";

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly sessionUid: string;
  readonly logger: Logger;
  readonly graph: TaskGraph;
  readonly notifier: Notifier;
  readonly environment: Readonly<Record<string, string>>;
  readonly workDir: () => Promise<string>;
  readonly failover: FailoverPolicy | undefined;
  /** Absent in a session without a journal. */
  readonly journal: JournalParts | undefined;
}

/** The journal of a session, and the session as the journal knows it. */
export type JournalParts = Pick<LogbookParts, "journal" | "session"> & Pick<ResultCacheParts, "reuse" | "searchPath">;

/**
 * Leads records from station to station: ready → handed over → running → ended → settled → its dependents ready.
 *
 * Nothing here awaits user code, and each public method leaves the books in order before callbacks hear of it.
 */
export class Scheduler implements LaneSink {
  readonly sessionUid: string;
  readonly owner: SessionTie;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string>>;
  readonly workDir: () => Promise<string>;
  readonly failover: FailoverSettings;
  readonly table: StateTable;
  readonly lanes: Map<string, BackendLane> = new Map();
  readonly logbook: Logbook | undefined;
  readonly #graph: TaskGraph;
  readonly #notifier: Notifier;
  readonly #timers: TaskTimers;
  readonly #settler: Settler;
  readonly #ending: AttemptEnding;
  readonly #stopper: Stopper;
  readonly #reader: UpdateReader;
  readonly #failover: Failover;
  readonly #pump = new Pump();
  readonly #cache: ResultCache | undefined;
  readonly #afterPreparing: AfterPreparing = {
    ready: (record) => this.#lookUpOrEnqueue(record),
    failed: (record, cause) =>
      this.#ending.failed(record, valueFailure("its program, arguments or prompt could not be computed", cause)),
  };

  constructor({ sessionUid, logger, graph, notifier, environment, workDir, failover, journal }: SchedulerParts) {
    this.sessionUid = sessionUid;
    this.owner = new SessionTie(sessionUid, (records, reason) => this.cancel(records, reason));
    this.logger = logger;
    this.environment = environment;
    this.workDir = workDir;
    this.failover = toFailoverSettings(failover);
    this.logbook = journal === undefined ? undefined : this.#logbookOf(journal);
    this.table = new StateTable(notifier, this.logbook);
    this.#graph = graph;
    this.#notifier = notifier;
    this.#timers = new TaskTimers((record, stop) => this.#stopper.expire(record, stop));
    const { table, logbook } = this;
    const timers = this.#timers;
    this.#settler = new Settler({
      table,
      graph,
      timers,
      logbook,
      withdraw: (record) => this.#laneOf(record).withdraw(record),
      ready: (record) => this.#becomeReady(record),
    });
    const settler = this.#settler;
    const again = (record: TaskRecord): void => {
      this.#enqueue(record);
      this.#notifier.flush();
    };
    const ending = new AttemptEnding({ settler, table, timers, logger, losses: this.failover.losses, again });
    const enqueue = (record: TaskRecord): void => this.#enqueue(record);
    this.#ending = ending;
    this.#reader = new UpdateReader({ table, timers, ending, notifier, logger, enqueue });
    this.#stopper = new Stopper({
      settler,
      ending,
      laneOf: (record) => this.#laneOf(record),
      ended: (lane) => (lane === undefined ? notifier.flush() : this.#goOn(lane)),
    });
    if (journal !== undefined && logbook !== undefined) this.#cache = this.#cacheOf(journal, logbook);
    this.#failover = new Failover({ sessionUid, logger, lanes: this.lanes, notifier, ending, enqueue });
  }

  addBackend(backend: Backend): void {
    this.lanes.set(backend.name, new BackendLane(backend, this));
  }

  /**
   * Takes validated, linked and routed records in. With a journal, none of them is released before all are written.
   *
   * @param descriptions - The encoded description of each, `undefined` where the journal has it; absent when it has them all, or there is none.
   */
  async accept(records: readonly TaskRecord[], descriptions?: readonly (Encoded | undefined)[]): Promise<void> {
    const now = Date.now();
    for (const record of records) {
      record.submitted ||= now;
      this.table.accept(record);
      this.#timers.watchQueue(record);
    }
    this.#notifier.flush();
    if (this.logbook !== undefined && descriptions !== undefined) {
      await this.logbook.accept(records, descriptions);
    }
    this.#settler.admit(records);
    this.#notifier.flush();
  }

  /** Resolves when no accepted task is unsettled. */
  async idle(): Promise<void> {
    await this.#settler.idle();
  }

  /** Hands nothing more over, and resolves when nothing is in flight. */
  async quiet(): Promise<void> {
    await this.#pump.stop([...this.lanes.values()]);
  }

  async cancel(records: readonly TaskRecord[], reason: string): Promise<void> {
    await this.#stopper.cancel(records, reason);
  }

  /** Closes every backend; whatever has not settled by then is cancelled. Resolves to what went wrong. */
  async close(graceMs: number, reason: string): Promise<readonly unknown[]> {
    this.#stopper.leave(this.#unsettled(), reason);
    const closings = await Promise.allSettled([...this.lanes.values()].map((lane) => lane.close(graceMs)));
    // What is done by now is shown as that, if it can be written.
    await this.logbook?.flush(graceMs);
    const left = this.#unsettled();
    for (const record of left) this.#laneOf(record).finish(record);
    this.#stopper.end(left);
    await this.#cache?.close(graceMs);
    await this.logbook?.close();
    this.owner.cut();
    this.#notifier.flush();
    return closings.flatMap((closing) => (closing.status === "rejected" ? [closing.reason as unknown] : []));
  }

  handedOver(record: TaskRecord): void {
    record.scheduled = Date.now();
    record.started = 0;
    this.table.move(record, "EXECUTING_PENDING");
  }

  unbuildable(record: TaskRecord, cause: unknown): void {
    this.#ending.failed(record, valueFailure("its values cannot be passed on", cause));
    // Not now, in the middle of a batch that callbacks might want to cancel.
    queueMicrotask(() => this.#notifier.flush());
  }

  updates(lane: BackendLane, updates: readonly TaskUpdate[]): void {
    for (const update of updates) this.#reader.read(lane, update);
    this.#goOn(lane);
  }

  refused(lane: BackendLane, records: readonly TaskRecord[], error: BackendError): void {
    for (const record of records) this.#ending.failed(record, backendFailure(error, "BACKEND_REJECTED_TASKS"));
    this.#goOn(lane);
  }

  neverFit(lane: BackendLane, misfits: readonly Misfit[]): void {
    for (const misfit of misfits) this.#ending.failed(misfit.record, misfitFailure(lane.name, misfit));
    this.#goOn(lane);
  }

  lost(lane: BackendLane, inFlight: readonly TaskRecord[], error: BackendError): void {
    this.#failover.lost(lane, inFlight, error);
  }

  delayed(lane: BackendLane): void {
    this.#failover.delayed(lane);
    this.#goOn(lane);
  }

  unavailable(lane: BackendLane, waiting: readonly TaskRecord[], error: BackendError): void {
    this.#failover.unavailable(lane, waiting, error);
    this.#goOn(lane);
  }

  observed(lane: BackendLane, facts: EngineFacts): void {
    this.#notifier.engine({ backend: lane.name, facts });
  }

  status(lane: BackendLane, status: BackendStatus, error?: BackendError): void {
    this.#notifier.backend({ backend: lane.name, status, ...(error !== undefined && { error }) });
    const fields = { session: this.sessionUid, backend: lane.name };
    if (error === undefined) this.logger.info(fields, `backend ${status}`);
    else this.logger.error({ ...fields, error }, `backend ${status}`);
    if (status === "open") this.#pump.wake(lane);
  }

  /** All dependencies of a record have settled: has computed what is to be computed, and puts it in line. */
  #becomeReady(record: TaskRecord): void {
    void prepareRecord(record, this.#afterPreparing)?.then(() => this.#notifier.flush());
  }

  #lookUpOrEnqueue(record: TaskRecord): void {
    const { cache } = record.plan;
    if (cache === undefined || this.#cache === undefined) this.#enqueue(record);
    else void this.#cache.look(record, cache);
  }

  #enqueue(record: TaskRecord): void {
    const lane = this.#laneOf(record);
    const misfit = lane.enqueue(record);
    if (misfit === undefined) this.#pump.wake(lane);
    else this.#ending.failed(record, misfitFailure(lane.name, misfit));
  }

  #goOn(lane: BackendLane): void {
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  #logbookOf(journal: JournalParts): Logbook {
    return new Logbook({
      ...journal,
      crowded: () => this.#isCrowded(),
      concluded: (conclusions) => {
        for (const conclusion of conclusions) this.#settler.conclude(conclusion);
        this.#notifier.flush();
      },
      held: (held) => this.#pump.hold(held),
      status: (status, error) => this.#journalStatus(status, error),
    });
  }

  #cacheOf({ reuse, searchPath }: JournalParts, logbook: Logbook): ResultCache {
    const { logger } = this;
    const after: AfterLookup = {
      hit: (record, outcome) => this.#settler.settle(record, { state: "DONE", outcome, cached: true }),
      miss: (record) => this.#enqueue(record),
      failed: (record, cause) => this.#ending.failed(record, valueFailure("its cache key cannot be computed", cause)),
      told: () => this.#notifier.flush(),
    };
    return new ResultCache({ logbook, reuse, searchPath, logger, after });
  }

  #journalStatus(status: JournalStatus, error: JournalError | undefined): void {
    this.#notifier.journal({ status, ...(error !== undefined && { error }) });
    const fields = { session: this.sessionUid };
    if (error === undefined) return this.logger.warn(fields, "the journal can be written again: going on");
    if (status === "stalled") {
      return this.logger.warn({ ...fields, error }, "the journal cannot be written: nothing is started until it can");
    }
    this.logger.error(
      { ...fields, error },
      "the journal failed: the session stops, and can be resumed from what was written",
    );
    const unsettled = this.#unsettled();
    for (const record of unsettled) if (record.committing) this.#settler.abandon(record, error.message);
    void this.cancel(unsettled, error.message);
  }

  #isCrowded(): boolean {
    return [...this.lanes.values()].some(({ waiting }) => waiting > 0);
  }

  #laneOf(record: TaskRecord): BackendLane {
    const lane = this.lanes.get(record.backendName ?? "");
    if (lane === undefined) throw new Error(`task ${record.uid} was not routed`);
    return lane;
  }

  #unsettled(): TaskRecord[] {
    // What is being checked is not accepted yet.
    return [...this.#graph.records()].filter((record) => !record.settled && record.state !== "NEW");
  }
}
