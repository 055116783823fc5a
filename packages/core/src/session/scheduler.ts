import type { Backend } from "../backend/backend.ts";
import type { TaskFailure, TaskOutcome, TaskUpdate } from "../backend/task-update.ts";
import { BackendLane, type BackendStatus, type LaneSink } from "../dispatch/backend-lane.ts";
import type { Shortfall } from "../dispatch/demand.ts";
import { prepareWork } from "../dispatch/prepare-work.ts";
import { Fifo } from "../dispatch/fifo.ts";
import type { BackendError } from "../errors/backend-error.ts";
import { ResourceError } from "../errors/resource-error.ts";
import { TaskCancelledError, type DependencyError, type TaskExecutionError } from "../errors/task-errors.ts";
import type { Notifier } from "../events/notifier.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { RecordOwner, Stop, TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import { neverFits } from "../route/route-task.ts";
import { buildDependencyError, buildExecutionError } from "../settle/build-error.ts";
import { buildResult, NO_OUTCOME } from "../settle/build-result.ts";
import { retryDelayMs } from "../settle/retry-delay.ts";
import { isLegalMove } from "../task/legal-moves.ts";
import type { TaskState, TerminalTaskState } from "../task/task-state.ts";
import { Deadlines } from "../timing/deadlines.ts";
import { Pump } from "./pump.ts";
import { TaskCounts } from "./statistics.ts";

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly sessionUid: string;
  readonly logger: Logger;
  readonly graph: TaskGraph;
  readonly notifier: Notifier;
  readonly environment: Readonly<Record<string, string>>;
  readonly workDir: () => Promise<string>;
}

/**
 * Moves records from station to station: ready → handed over → running → settled → its dependents ready.
 *
 * The only place that changes a record's state. Nothing here awaits user code, and each public method leaves the books in order.
 */
export class Scheduler implements RecordOwner, LaneSink {
  readonly sessionUid: string;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string>>;
  readonly workDir: () => Promise<string>;
  readonly lanes: Map<string, BackendLane> = new Map();
  readonly counts: TaskCounts = new TaskCounts();
  readonly #graph: TaskGraph;
  readonly #notifier: Notifier;
  readonly #deadlines = new Deadlines();
  readonly #pump = new Pump();
  readonly #statuses = new Map<string, BackendStatus>();
  #idle: PromiseWithResolvers<void> | undefined;
  /** What settled records have set going: worked off in a loop, not by recursion, since a chain of tasks may be of any length. */
  readonly #released = new Fifo<ReleasedRecord>();
  #releasing = false;

  constructor(parts: SchedulerParts) {
    this.sessionUid = parts.sessionUid;
    this.logger = parts.logger;
    this.environment = parts.environment;
    this.workDir = parts.workDir;
    this.#graph = parts.graph;
    this.#notifier = parts.notifier;
  }

  addBackend(backend: Backend): void {
    this.lanes.set(backend.name, new BackendLane(backend, this));
  }

  statusOf(lane: BackendLane): BackendStatus {
    return this.#statuses.get(lane.name) ?? "closed";
  }

  /** Takes validated, linked and routed records in. Dependencies that have settled already count at once. */
  accept(records: readonly TaskRecord[]): void {
    const now = Date.now();
    for (const record of records) {
      record.submitted = now;
      record.state = "SCHEDULING_PENDING";
      this.counts.accept();
      this.#notifier.task(record, "SCHEDULING_PENDING");
    }
    // All states first: a record is linked to its dependents before any of them can settle.
    const ready = records.filter((record) => this.#graph.add(record));
    for (const record of records) this.#watchQueue(record);
    for (const record of records) {
      const broken = record.dependencies.find((dependency) => dependency.settled && dependency.state !== "DONE");
      if (broken !== undefined && record.plan.onDependencyFailure !== "run") this.#released.push({ record, broken });
    }
    for (const record of ready) this.#released.push({ record, broken: undefined });
    this.#workOffReleased();
    this.#notifier.flush();
  }

  async cancel(records: readonly TaskRecord[], reason: string): Promise<void> {
    const inFlight = new Map<BackendLane, TaskRecord[]>();
    const stopping: Promise<unknown>[] = [];
    for (const record of records) {
      if (record.settled) continue;
      if (record.state === "SCHEDULING_PENDING") {
        this.#settleCancelled(record, reason, false);
      } else if (record.stopping?.cause === "cancel") {
        stopping.push(record.whenSettled());
      } else {
        record.stopping = { cause: "cancel", reason };
        const lane = this.#laneOf(record);
        const group = inFlight.get(lane);
        if (group === undefined) inFlight.set(lane, [record]);
        else group.push(record);
      }
    }
    for (const [lane, group] of inFlight) stopping.push(this.#stop(lane, group, reason));
    this.#notifier.flush();
    await Promise.all(stopping);
  }

  /** Resolves when no accepted task is unsettled. */
  async idle(): Promise<void> {
    if (this.counts.unsettled === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Closes every backend; whatever has not settled by then is cancelled. Resolves to what went wrong. */
  async close(graceMs: number, reason: string): Promise<readonly unknown[]> {
    for (const record of this.#unsettled()) {
      if (record.state === "SCHEDULING_PENDING") this.#settleCancelled(record, reason, false);
      else record.stopping ??= { cause: "cancel", reason };
    }
    this.#notifier.flush();
    const closings = await Promise.allSettled([...this.lanes.values()].map((lane) => lane.close(graceMs)));
    for (const record of this.#unsettled()) this.#settleCancelled(record, reason, false);
    this.#notifier.flush();
    return closings.flatMap((closing) => (closing.status === "rejected" ? [closing.reason as unknown] : []));
  }

  handedOver(record: TaskRecord): void {
    record.scheduled = Date.now();
    this.#move(record, "EXECUTING_PENDING");
  }

  unbuildable(record: TaskRecord, cause: unknown): void {
    this.#settleFailed(record, { code: "TASK_ARGUMENTS_INVALID", message: `its values cannot be passed on: ${textOf(cause)}`, cause });
    this.#notifier.flush();
  }

  updates(lane: BackendLane, updates: readonly TaskUpdate[]): void {
    for (const update of updates) {
      const record = lane.find(update);
      if (record !== undefined) this.#apply(lane, record, update);
    }
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  refused(lane: BackendLane, records: readonly TaskRecord[], error: BackendError): void {
    this.#failAll(records, { code: "BACKEND_REJECTED_TASKS", message: error.message, cause: error });
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  neverFit(lane: BackendLane, records: readonly TaskRecord[], shortfallsOf: (record: TaskRecord) => readonly Shortfall[]): void {
    for (const record of records) {
      const shortfalls = shortfallsOf(record);
      const message = neverFits(lane.name, shortfalls);
      const cause = new ResourceError({ resource: shortfalls[0]?.resource ?? "cores", message: `[${record.uid}] ${message}` });
      this.#settleFailed(record, { code: "TASK_NEVER_FITS", message, cause });
    }
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  unavailable(_lane: BackendLane, waiting: readonly TaskRecord[], error: BackendError): void {
    // That the backend did not open counts as an attempt, so that a retry policy ends.
    for (const record of waiting) record.attempt += 1;
    this.#failAll(waiting, { code: "BACKEND_UNAVAILABLE", message: error.message, cause: error });
    this.#notifier.flush();
  }

  lost(lane: BackendLane, inFlight: readonly TaskRecord[], error: BackendError): void {
    this.#failAll(inFlight, { code: "BACKEND_LOST", message: error.message, cause: error });
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  status(lane: BackendLane, status: BackendStatus, error?: BackendError): void {
    this.#statuses.set(lane.name, status);
    if (status === "open") this.#pump.wake(lane);
    this.#notifier.backend({ backend: lane.name, status, ...(error !== undefined && { error }) });
    const fields = { session: this.sessionUid, backend: lane.name, ...(error !== undefined && { error }) };
    if (error === undefined) this.logger.info(fields, `backend ${status}`);
    else this.logger.error(fields, `backend ${status}: ${error.message}`);
  }

  #apply(lane: BackendLane, record: TaskRecord, update: TaskUpdate): void {
    switch (update.state) {
      case "RUNNING":
        return this.#begin(record, update.at);
      case "OUTPUT":
        return this.#notifier.output({
          uid: record.uid,
          attempt: update.attempt,
          stream: update.stream,
          index: update.index ?? 0,
          text: update.text,
        });
      case "DONE":
        // A backend that tells only the end still ran the task.
        this.#begin(record, update.startedAt);
        lane.finish(record);
        return this.#settle(record, "DONE", update, undefined);
      case "FAILED":
        lane.finish(record);
        return this.#endBadly(record, update.failure, update);
      case "CANCELED":
        lane.finish(record);
        return this.#endStopped(record, update, false);
    }
  }

  #begin(record: TaskRecord, at: number | undefined): void {
    if (record.state !== "EXECUTING_PENDING") return;
    record.started = at ?? Date.now();
    this.#dropQueueDeadline(record);
    this.#move(record, "EXECUTING");
    const { timeoutMs } = record.plan;
    if (timeoutMs === undefined || record.stopping !== undefined) return;
    record.deadline = this.#deadlines.add(timeoutMs, () => {
      record.deadline = undefined;
      this.#expire(record, { cause: "timeout", reason: `ran for longer than its timeoutMs of ${timeoutMs} ms` });
    });
  }

  #watchQueue(record: TaskRecord): void {
    const { queueTimeoutMs } = record.plan;
    if (queueTimeoutMs === undefined) return;
    record.queueDeadline = this.#deadlines.add(queueTimeoutMs, () => {
      record.queueDeadline = undefined;
      this.#expire(record, { cause: "queue-timeout", reason: `did not begin within its queueTimeoutMs of ${queueTimeoutMs} ms` });
    });
  }

  #expire(record: TaskRecord, stop: Stop): void {
    if (record.settled || record.stopping !== undefined) return;
    record.stopping = stop;
    if (record.state === "SCHEDULING_PENDING") this.#endStopped(record, NO_OUTCOME, false);
    else void this.#stop(this.#laneOf(record), [record], stop.reason);
    this.#notifier.flush();
  }

  /** Has the backend stop attempts, and ends those that did not end by themselves meanwhile. Never rejects. */
  async #stop(lane: BackendLane, records: readonly TaskRecord[], reason: string): Promise<void> {
    const attempts = records.map((record) => record.attempt);
    const outcomes = await lane.cancel(records, reason);
    records.forEach((record, index) => {
      if (record.settled || record.attempt !== attempts[index] || record.stopping === undefined) return;
      lane.finish(record);
      this.#endStopped(record, NO_OUTCOME, outcomes[index] === "detached");
    });
    this.#pump.wake(lane);
    this.#notifier.flush();
  }

  /** Ends an attempt that failed: as what it is, or as what was done to it. */
  #endBadly(record: TaskRecord, failure: TaskFailure, outcome: TaskOutcome): void {
    if (record.stopping !== undefined) return this.#endStopped(record, outcome, false);
    this.#failOrRetry(record, failure, outcome);
  }

  #endStopped(record: TaskRecord, outcome: TaskOutcome, detached: boolean): void {
    const { cause, reason } = record.stopping ?? { cause: "cancel", reason: "cancelled by the backend" };
    if (cause === "cancel") return this.#settleCancelled(record, reason, detached, outcome);
    const code = cause === "timeout" ? "TASK_TIMEOUT" : "TASK_QUEUE_TIMEOUT";
    const rest = detached ? " (the work could not be stopped and may go on unobserved)" : "";
    this.#failOrRetry(record, { code, message: `${reason}${rest}` }, outcome);
  }

  #failAll(records: readonly TaskRecord[], failure: TaskFailure): void {
    for (const record of records) this.#endBadly(record, failure, NO_OUTCOME);
  }

  #failOrRetry(record: TaskRecord, failure: TaskFailure, outcome: TaskOutcome): void {
    const { retry } = record.plan;
    const error = buildExecutionError(record, failure, outcome);
    if (retry === undefined || record.attempt >= retry.attempts || !isRetryable(failure) || !this.#wantsRetry(record, error)) {
      return this.#settle(record, "FAILED", outcome, error);
    }
    this.counts.retries += 1;
    record.stopping = undefined;
    this.#dropDeadline(record);
    const delayMs = retryDelayMs(retry, record.attempt);
    this.logger.warn({ session: this.sessionUid, task: record.uid, backend: record.backendName, error }, `retry in ${delayMs} ms`);
    if (record.state !== "SCHEDULING_PENDING") this.#move(record, "SCHEDULING_PENDING", error);
    record.deadline = this.#deadlines.add(delayMs, () => {
      record.deadline = undefined;
      this.#enqueue(record);
    });
  }

  #wantsRetry(record: TaskRecord, error: TaskExecutionError): boolean {
    try {
      return record.plan.retry?.retryIf?.(error) ?? true;
    } catch (cause) {
      this.logger.error({ session: this.sessionUid, task: record.uid, error: cause }, "retryIf threw; the task is not tried again");
      return false;
    }
  }

  #settleFailed(record: TaskRecord, failure: TaskFailure): void {
    this.#settle(record, "FAILED", NO_OUTCOME, buildExecutionError(record, failure, NO_OUTCOME));
  }

  #settleCancelled(record: TaskRecord, reason: string, detached: boolean, outcome: TaskOutcome = NO_OUTCOME): void {
    this.#settle(record, "CANCELLED", outcome, new TaskCancelledError({ uid: record.uid, reason, detached }));
  }

  /** Gives a record its result, once and for all, and lets its dependents go on or go down. */
  #settle(record: TaskRecord, state: TerminalTaskState, outcome: TaskOutcome, error: SettleError | undefined): void {
    this.#dropQueueDeadline(record);
    this.#dropDeadline(record);
    const lane = record.queued ? this.#laneOf(record) : undefined;
    this.#move(record, state, error);
    lane?.discard(record);
    const result = buildResult(record, state, outcome, Date.now(), error);
    if (error !== undefined) error.result = result;
    const { dependents } = record;
    record.resolve(result);
    const { ready, doomed } = this.#graph.release(record, dependents);
    for (const dependent of ready) this.#released.push({ record: dependent, broken: undefined });
    for (const dependent of doomed) this.#released.push({ record: dependent, broken: record });
    this.#workOffReleased();
    if (this.counts.unsettled > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #workOffReleased(): void {
    if (this.#releasing) return;
    this.#releasing = true;
    for (let released = this.#released.shift(); released !== undefined; released = this.#released.shift()) {
      const { record, broken } = released;
      if (record.settled) continue;
      if (broken === undefined) this.#becomeReady(record);
      else this.#settle(record, "FAILED", NO_OUTCOME, buildDependencyError(record, broken));
    }
    this.#releasing = false;
  }

  /** All dependencies of a record have settled: computes what is to be computed, and puts it in line. */
  #becomeReady(record: TaskRecord): void {
    const fail = (cause: unknown): void =>
      this.#settleFailed(record, { code: "TASK_ARGUMENTS_INVALID", message: `its arguments or prompt could not be computed: ${textOf(cause)}`, cause });
    try {
      const prepared = prepareWork(record);
      if (!(prepared instanceof Promise)) {
        record.prepared = prepared;
        this.#enqueue(record);
        return;
      }
      prepared.then(
        (work) => {
          if (record.settled) return;
          record.prepared = work;
          this.#enqueue(record);
        },
        (cause: unknown) => {
          if (record.settled) return;
          fail(cause);
          this.#notifier.flush();
        },
      );
    } catch (cause) {
      fail(cause);
    }
  }

  #enqueue(record: TaskRecord): void {
    const lane = this.#laneOf(record);
    lane.enqueue(record);
    this.#pump.wake(lane);
  }

  #move(record: TaskRecord, to: TaskState, error?: Error): void {
    if (!isLegalMove(record.state, to)) throw new Error(`task ${record.uid}: ${record.state} → ${to} is no legal move`);
    this.counts.move(record.state, to);
    record.state = to;
    this.#notifier.task(record, to, error);
  }

  #dropDeadline(record: TaskRecord): void {
    if (record.deadline !== undefined) this.#deadlines.cancel(record.deadline);
    record.deadline = undefined;
  }

  #dropQueueDeadline(record: TaskRecord): void {
    if (record.queueDeadline !== undefined) this.#deadlines.cancel(record.queueDeadline);
    record.queueDeadline = undefined;
  }

  #laneOf(record: TaskRecord): BackendLane {
    const lane = this.lanes.get(record.backendName ?? "");
    if (lane === undefined) throw new Error(`task ${record.uid} was not routed`);
    return lane;
  }

  #unsettled(): TaskRecord[] {
    return [...this.#graph.records()].filter((record) => !record.settled);
  }
}

/** A record whose wait is over: because all it waited for settled, or because of one that broke. */
interface ReleasedRecord {
  readonly record: TaskRecord;
  readonly broken: TaskRecord | undefined;
}

type SettleError = TaskExecutionError | TaskCancelledError | DependencyError;

/** Failures that would only repeat themselves. */
function isRetryable({ code }: TaskFailure): boolean {
  return code !== "TASK_QUEUE_TIMEOUT" && code !== "TASK_NEVER_FITS" && code !== "TASK_ARGUMENTS_INVALID";
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
