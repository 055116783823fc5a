import type { Stop, TaskRecord } from "../graph/task-record.ts";
import { Deadlines } from "./deadlines.ts";

/** The deadlines of records: for beginning, for ending, and for the next attempt. */
export class TaskTimers {
  readonly #deadlines = new Deadlines();
  readonly #expire: (record: TaskRecord, stop: Stop) => void;

  /** @param expire - Called with a record whose time is up. */
  constructor(expire: (record: TaskRecord, stop: Stop) => void) {
    this.#expire = expire;
  }

  /** Expires a record unless {@link TaskTimers.begun} is called within its `queueTimeoutMs`. */
  watchQueue(record: TaskRecord): void {
    const { queueTimeoutMs } = record.plan;
    if (queueTimeoutMs === undefined) return;
    record.queueDeadline = this.#deadlines.add(queueTimeoutMs, () => {
      record.queueDeadline = undefined;
      const reason = `did not begin within its queueTimeoutMs of ${queueTimeoutMs} ms`;
      this.#expire(record, { cause: "queue-timeout", reason });
    });
  }

  /** Ends the watch of the queue and expires a record that then runs for longer than its `timeoutMs`. */
  begun(record: TaskRecord): void {
    if (record.queueDeadline !== undefined) this.#deadlines.cancel(record.queueDeadline);
    record.queueDeadline = undefined;
    const { timeoutMs } = record.plan;
    if (timeoutMs === undefined || record.stopping !== undefined) return;
    record.deadline = this.#deadlines.add(timeoutMs, () => {
      record.deadline = undefined;
      this.#expire(record, { cause: "timeout", reason: `ran for longer than its timeoutMs of ${timeoutMs} ms` });
    });
  }

  /** Calls `then` after a pause between two attempts. */
  pause(record: TaskRecord, delayMs: number, then: () => void): void {
    this.#dropDeadline(record);
    record.deadline = this.#deadlines.add(delayMs, () => {
      record.deadline = undefined;
      then();
    });
  }

  /** Drops the deadline of an attempt that is over; that for beginning goes on, if nothing has begun. */
  ended(record: TaskRecord): void {
    this.#dropDeadline(record);
  }

  /** Drops all deadlines of a record. */
  drop(record: TaskRecord): void {
    if (record.queueDeadline !== undefined) this.#deadlines.cancel(record.queueDeadline);
    record.queueDeadline = undefined;
    this.#dropDeadline(record);
  }

  #dropDeadline(record: TaskRecord): void {
    if (record.deadline !== undefined) this.#deadlines.cancel(record.deadline);
    record.deadline = undefined;
  }
}
