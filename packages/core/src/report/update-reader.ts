import type { TaskFailure, TaskUpdate } from "../backend/task-update.ts";
import type { BackendLane } from "../dispatch/backend-lane.ts";
import type { Notifier } from "../events/notifier.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import type { AttemptEnding } from "../settle/attempt-ending.ts";
import { NO_REASON } from "../settle/session-failures.ts";
import type { TaskTimers } from "../timing/task-timers.ts";
import type { StateTable } from "./state-table.ts";

/** What an {@link UpdateReader} is made of. */
export interface UpdateReaderParts {
  readonly table: StateTable;
  readonly timers: TaskTimers;
  readonly ending: AttemptEnding;
  readonly notifier: Notifier;
  readonly logger: Logger;
  /** Puts a record in line for its backend again. */
  readonly enqueue: (record: TaskRecord) => void;
}

/** Takes what backends report of their attempts. */
export class UpdateReader {
  readonly #parts: UpdateReaderParts;

  constructor(parts: UpdateReaderParts) {
    this.#parts = parts;
  }

  /** Applies one update to the record that it is about, if it is news of the present attempt. */
  read(lane: BackendLane, update: TaskUpdate): void {
    const record = lane.find(update);
    if (record === undefined) return;
    const { ending, notifier, logger } = this.#parts;
    switch (update.state) {
      case "RUNNING":
        return this.#begin(record, update.at);
      case "OUTPUT": {
        const { uid, attempt, stream, index = 0, text } = update;
        if (stream === "response") record.say({ attempt, index, text });
        return notifier.output({ uid, attempt, stream, index, text });
      }
      case "DONE":
        // A backend that tells only the end still ran the task.
        this.#begin(record, update.startedAt);
        lane.finish(record);
        return ending.done(record, update);
      case "FAILED":
        lane.finish(record);
        return ending.failed(record, update.failure ?? NO_REASON, update);
      case "CANCELED":
        lane.finish(record);
        return ending.stopped(record, { outcome: update });
      case "LOST":
        if (update.startedAt !== undefined) this.#begin(record, update.startedAt);
        lane.forget(record);
        return this.#lose(record, update.failure ?? NO_REASON);
      default: {
        // None that the types allow, but backends are other people's programs.
        const { uid: task, state } = update as TaskUpdate;
        logger.error({ backend: lane.name, task, state }, "the backend reported a state that there is not");
      }
    }
  }

  #lose(record: TaskRecord, failure: TaskFailure): void {
    const { ending, enqueue, logger } = this.#parts;
    if (!ending.lost(record, failure)) return;
    logger.warn({ task: record.uid, backend: record.backendName, reason: failure.message }, "lost; it runs again");
    enqueue(record);
  }

  #begin(record: TaskRecord, at: number | undefined): void {
    if (record.state !== "EXECUTING_PENDING") return;
    record.started = at ?? Date.now();
    this.#parts.table.move(record, "EXECUTING");
    this.#parts.timers.begun(record);
  }
}
