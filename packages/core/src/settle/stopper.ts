import type { BackendLane } from "../dispatch/backend-lane.ts";
import type { Stop, TaskRecord } from "../graph/task-record.ts";
import type { AttemptEnding } from "./attempt-ending.ts";
import type { Settler } from "./settler.ts";

/** What a {@link Stopper} is made of. */
export interface StopperParts {
  readonly settler: Settler;
  readonly ending: AttemptEnding;
  readonly laneOf: (record: TaskRecord) => BackendLane;
  /** Called when attempts of a lane have ended, or, without one, records that were on none. */
  readonly ended: (lane?: BackendLane) => void;
}

/** Stops records before their time: cancelled by the user, expired, or because the session closes. */
export class Stopper {
  readonly #parts: StopperParts;

  constructor(parts: StopperParts) {
    this.#parts = parts;
  }

  /** Cancels records; resolves when their work is gone. */
  async cancel(records: readonly TaskRecord[], reason: string): Promise<void> {
    const inFlight = new Map<BackendLane, TaskRecord[]>();
    const gone: Promise<unknown>[] = [];
    const waiting: TaskRecord[] = [];
    for (const record of records) {
      if (record.settled) continue;
      const { stopping } = record;
      if (record.committing || stopping?.cause === "cancel" || stopping?.cause === "close") {
        gone.push(stopping?.gone ?? record.settlement());
        continue;
      }
      record.stopping = { cause: "cancel", reason };
      if (record.state === "SCHEDULING_PENDING") {
        waiting.push(record);
        continue;
      }
      const lane = this.#parts.laneOf(record);
      const group = inFlight.get(lane);
      if (group === undefined) inFlight.set(lane, [record]);
      else group.push(record);
    }
    this.end(waiting);
    for (const [lane, group] of inFlight) {
      const stopped = this.#stop(lane, group, reason);
      for (const record of group) record.stopping = { cause: "cancel", reason, gone: stopped };
      gone.push(stopped);
    }
    this.#parts.ended();
    await Promise.all(gone);
  }

  /** The time of a record is up. */
  expire(record: TaskRecord, stop: Stop): void {
    if (record.settled || record.stopping !== undefined) return;
    record.stopping = stop;
    if (record.state === "SCHEDULING_PENDING") this.#parts.ending.stopped(record);
    else void this.#stop(this.#parts.laneOf(record), [record], stop.reason);
    this.#parts.ended();
  }

  /** Marks records as left behind by the closing session, and ends those that no backend has. */
  leave(records: readonly TaskRecord[], reason: string): void {
    for (const record of records) {
      // What the user cancelled before ends as that.
      if (record.stopping?.cause !== "cancel") record.stopping = { cause: "close", reason };
    }
    this.end(records.filter(({ state, committing }) => state === "SCHEDULING_PENDING" && !committing));
    this.#parts.ended();
  }

  /** Ends records that are being stopped, those that depend on each other alike. */
  end(records: readonly TaskRecord[]): void {
    const { settler, ending } = this.#parts;
    settler.together(() => {
      for (const record of records) {
        if (record.committing) settler.abandon(record, "the session was closed before");
        else ending.stopped(record);
      }
    });
  }

  /** Has the backend stop attempts, and ends those that did not end by themselves meanwhile. Never rejects. */
  async #stop(lane: BackendLane, records: readonly TaskRecord[], reason: string): Promise<void> {
    const attempts = records.map((record) => record.attempt);
    const outcomes = await lane.cancel(records, reason);
    records.forEach((record, index) => {
      if (record.settled || record.committing || record.stopping === undefined) return;
      if (record.attempt !== attempts[index]) return;
      lane.finish(record);
      this.#parts.ending.stopped(record, { detached: outcomes[index] === "detached" });
    });
    this.#parts.ended(lane);
    await Promise.all(records.flatMap((record) => (record.committing ? record.settlement() : [])));
  }
}
