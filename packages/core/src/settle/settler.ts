import type { TaskOutcome } from "../backend/task-update.ts";
import { Fifo } from "../dispatch/fifo.ts";
import { TaskCancelledError, type DependencyError, type TaskExecutionError } from "../errors/task-errors.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logbook } from "../journal/logbook.ts";
import type { StateTable } from "../report/state-table.ts";
import type { TerminalTaskState } from "../task/task-state.ts";
import type { TaskTimers } from "../timing/task-timers.ts";
import { buildDependencyError, buildExecutionError } from "./build-error.ts";
import { buildResult, NO_OUTCOME } from "./build-result.ts";
import type { Conclusion } from "./conclusion.ts";
import { unkeepable } from "./session-failures.ts";

/** How a task ends. */
export interface Ending {
  readonly state: TerminalTaskState;
  readonly outcome: TaskOutcome;
  /** True when the outcome is that of an earlier task. */
  readonly cached?: true;
  /** Absent only when `state` is `DONE`. */
  readonly error?: TaskExecutionError | TaskCancelledError | DependencyError;
}

/** What a settler is made of. */
export interface SettlerParts {
  readonly table: StateTable;
  readonly graph: TaskGraph;
  readonly timers: TaskTimers;
  /** Absent in a session without a journal. */
  readonly logbook: Logbook | undefined;
  /** Called with a record that is about to leave its backend's line without having been handed over. */
  readonly withdraw: (record: TaskRecord) => void;
  /** Called with a record that waits for no other any more. */
  readonly ready: (record: TaskRecord) => void;
}

/** Gives records their results, once and for all, and lets their dependents go on or go down. */
export class Settler {
  readonly #parts: SettlerParts;
  /** What settled records have set going: worked off in a loop, not by recursion, since a chain of tasks may be of any length. */
  readonly #released = new Fifo<TaskRecord>();
  #releasing = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** Ends a record. With a journal, `DONE` is written before it is true; other endings are written in time. */
  settle(record: TaskRecord, ending: Ending): void {
    const { table, timers, logbook } = this.#parts;
    timers.drop(record);
    const conclusion = { record, ending, result: buildResult(record, ending, Date.now()) };
    if (logbook === undefined) return this.conclude(conclusion);
    if (ending.state !== "DONE") {
      // What closing stops is left for a resume.
      if (record.stopping?.cause === "close" || logbook.failure !== undefined) table.counts.left += 1;
      else logbook.note(conclusion);
      return this.conclude(conclusion);
    }
    if (logbook.failure !== undefined) return this.abandon(record, logbook.failure.message);
    try {
      record.committing = true;
      logbook.keep(conclusion);
    } catch (cause) {
      record.committing = false;
      const error = buildExecutionError(record, unkeepable(cause), ending.outcome);
      this.settle(record, { state: "FAILED", outcome: withoutValue(ending.outcome), error });
    }
  }

  /** Ends a record that is done, but of which the journal will never know: a resumed session runs it again. */
  abandon(record: TaskRecord, why: string): void {
    const reason = `it ended well, but its result could not be journaled: ${why}`;
    const error = new TaskCancelledError({ uid: record.uid, reason, detached: false });
    const ending: Ending = { state: "CANCELLED", outcome: NO_OUTCOME, error };
    this.#parts.table.counts.left += 1;
    this.conclude({ record, ending, result: buildResult(record, ending, Date.now()) });
  }

  /** Gives a record its result. */
  conclude({ record, ending, result }: Conclusion): void {
    const { table, graph, withdraw } = this.#parts;
    if (record.settled) return;
    record.committing = false;
    const wasQueued = record.queued;
    if (ending.cached === true) table.counts.cached += 1;
    table.move(record, ending.state, ending.error);
    if (wasQueued) withdraw(record);
    if (ending.error !== undefined) ending.error.result = result;
    const { dependents } = record;
    record.resolve(result);
    const { ready, doomed } = graph.release(record, dependents);
    for (const dependent of ready) this.#released.push(dependent);
    for (const dependent of doomed) this.#doom(dependent, record);
    this.#workOff();
    if (table.counts.unsettled > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Settles several records before anything that depends on them is looked at: those among them end as themselves, not for each other's sake. */
  together(settleAll: () => void): void {
    if (this.#releasing) return settleAll();
    this.#releasing = true;
    settleAll();
    this.#releasing = false;
    this.#workOff();
  }

  /** Takes accepted records in: those whose dependencies have all settled are ready, or go down, at once. */
  admit(records: readonly TaskRecord[]): void {
    const { graph } = this.#parts;
    const ready = records.filter((record) => graph.tie(record));
    for (const record of records) {
      const broken = record.dependencies.find((dependency) => dependency.settled && dependency.state !== "DONE");
      if (broken !== undefined && record.plan.onDependencyFailure !== "run") this.#doom(record, broken);
    }
    for (const record of ready) this.#released.push(record);
    this.#workOff();
  }

  /** Resolves when no accepted task is unsettled. */
  async idle(): Promise<void> {
    if (this.#parts.table.counts.unsettled === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #doom(record: TaskRecord, dependency: TaskRecord): void {
    record.brokenBy = dependency;
    this.#released.push(record);
  }

  #workOff(): void {
    if (this.#releasing) return;
    this.#releasing = true;
    for (let record = this.#released.shift(); record !== undefined; record = this.#released.shift()) {
      const { brokenBy } = record;
      if (record.settled) continue;
      if (brokenBy === undefined) {
        this.#parts.ready(record);
        continue;
      }
      // The dependent's error carries the failure on: whoever looks at it has seen both.
      brokenBy.observed = true;
      this.settle(record, { state: "FAILED", outcome: NO_OUTCOME, error: buildDependencyError(record, brokenBy) });
    }
    this.#releasing = false;
  }
}

function withoutValue({ returnValue: _, response: __, ...rest }: TaskOutcome): TaskOutcome {
  return rest;
}
