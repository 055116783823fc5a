import type { BackendLane } from "../dispatch/backend-lane.ts";
import type { BackendError } from "../errors/backend-error.ts";
import type { Notifier } from "../events/notifier.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import { accepting, Elsewhere } from "../route/elsewhere.ts";
import type { AttemptEnding } from "../settle/attempt-ending.ts";
import { backendFailure } from "../settle/session-failures.ts";

/** What a {@link Failover} is made of. */
export interface FailoverParts {
  readonly sessionUid: string;
  readonly logger: Logger;
  readonly lanes: ReadonlyMap<string, BackendLane>;
  readonly notifier: Notifier;
  readonly ending: AttemptEnding;
  /** Puts a record in line for its backend. */
  readonly enqueue: (record: TaskRecord) => void;
}

/** Finds out what becomes of the tasks of a backend that died or could not be opened. */
export class Failover {
  readonly #parts: FailoverParts;

  constructor(parts: FailoverParts) {
    this.#parts = parts;
  }

  /** The backend died: what was in flight goes back in line. */
  lost(lane: BackendLane, inFlight: readonly TaskRecord[], error: BackendError): void {
    const { ending, enqueue, logger, sessionUid } = this.#parts;
    const failure = backendFailure(error, "BACKEND_LOST");
    const lost = inFlight.filter((record) => ending.lost(record, failure));
    // A `retryIf` may have cancelled some meanwhile.
    for (const record of lost) if (!record.settled) enqueue(record);
    const fields = { session: sessionUid, backend: lane.name, tasks: lost.length };
    if (lost.length > 0) logger.warn(fields, "what was in flight runs again");
  }

  /** The backend will be opened again: what an open one can run does not wait for that. */
  delayed(lane: BackendLane): void {
    const elsewhere = new Elsewhere(lane, this.#parts.lanes.values());
    this.#move(
      lane,
      lane.drain((record) => elsewhere.openFor(record) !== undefined),
      elsewhere,
    );
  }

  /** The backend will not be opened again by itself: what can goes elsewhere, the rest has failed. */
  unavailable(lane: BackendLane, waiting: readonly TaskRecord[], error: BackendError): void {
    const { lanes, ending } = this.#parts;
    const left = this.#move(lane, waiting, new Elsewhere(lane, lanes.values()));
    const failure = backendFailure(error, "BACKEND_UNAVAILABLE");
    for (const record of left) {
      // That the backend did not open counts as an attempt, so that a retry policy comes to an end.
      record.attempt += 1;
      ending.failed(record, failure);
      // A retry begins at the first backend again, which may be back by then.
      if (!record.settled) assign(record, accepting(record, [...lanes.values()]) ?? lane);
    }
  }

  /** Puts records in line elsewhere, and returns those that have nowhere to go. */
  #move(from: BackendLane, records: readonly TaskRecord[], elsewhere: Elsewhere): readonly TaskRecord[] {
    const { enqueue, notifier, logger, sessionUid } = this.#parts;
    const counts = new Map<string, number>();
    const left = records.filter((record) => {
      const to = elsewhere.laneFor(record);
      if (to === undefined) return true;
      counts.set(to.name, (counts.get(to.name) ?? 0) + 1);
      assign(record, to);
      enqueue(record);
      return false;
    });
    for (const [to, count] of counts) {
      notifier.moved({ from: from.name, to, count });
      logger.warn({ session: sessionUid, backend: from.name, to, tasks: count }, "what waited goes to another backend");
    }
    return left;
  }
}

function assign(record: TaskRecord, lane: BackendLane): void {
  if (record.backendName === lane.name) return;
  record.backendName = lane.name;
  record.demand = undefined;
}
