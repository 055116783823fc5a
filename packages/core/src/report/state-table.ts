import type { Notifier } from "../events/notifier.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logbook } from "../journal/logbook.ts";
import { isLegalMove } from "../task/legal-moves.ts";
import type { TaskState } from "../task/task-state.ts";
import { TaskCounts } from "./task-counts.ts";

/** The one place that changes a record's state: checks the move, counts it and tells of it. */
export class StateTable {
  readonly counts: TaskCounts = new TaskCounts();
  readonly #notifier: Notifier;
  readonly #logbook: Logbook | undefined;

  constructor(notifier: Notifier, logbook?: Logbook) {
    this.#notifier = notifier;
    this.#logbook = logbook;
  }

  /** Takes a new record in. */
  accept(record: TaskRecord): void {
    this.counts.accept();
    this.move(record, "SCHEDULING_PENDING");
  }

  /** @throws Error when the task cannot go from its state straight to that one: a defect of the caller. */
  move(record: TaskRecord, to: TaskState, error?: Error): void {
    if (!isLegalMove(record.state, to)) {
      throw new Error(`task ${record.uid}: ${record.state} → ${to} is no legal move`);
    }
    this.counts.move(record.state, to);
    record.state = to;
    if (this.#logbook !== undefined && record.attempt > 0 && !record.settled)
      this.#logbook.moved(record, error?.message);
    this.#notifier.task(record, to, error);
  }
}
