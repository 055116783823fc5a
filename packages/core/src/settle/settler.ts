import type { TaskOutcome } from "../backend/task-update.ts";
import { Fifo } from "../dispatch/fifo.ts";
import type { DependencyError, TaskCancelledError, TaskExecutionError } from "../errors/task-errors.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { StateTable } from "../report/state-table.ts";
import type { TerminalTaskState } from "../task/task-state.ts";
import type { TaskTimers } from "../timing/task-timers.ts";
import { buildDependencyError } from "./build-error.ts";
import { buildResult, NO_OUTCOME } from "./build-result.ts";

/** How a task ends. */
export interface Ending {
  readonly state: TerminalTaskState;
  readonly outcome: TaskOutcome;
  /** Absent only when `state` is `DONE`. */
  readonly error?: TaskExecutionError | TaskCancelledError | DependencyError;
}

/** What a settler is made of. */
export interface SettlerParts {
  readonly table: StateTable;
  readonly graph: TaskGraph;
  readonly timers: TaskTimers;
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

  settle(record: TaskRecord, ending: Ending): void {
    const { table, graph, timers, withdraw } = this.#parts;
    timers.drop(record);
    const wasQueued = record.queued;
    table.move(record, ending.state, ending.error);
    if (wasQueued) withdraw(record);
    const result = buildResult(record, ending, Date.now());
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
