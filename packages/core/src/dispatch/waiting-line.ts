import type { BackendCapabilities, BackendCapacity } from "../backend/capabilities.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { Demands, excess, type Demand } from "./demand.ts";
import type { Misfit } from "./lane-sink.ts";
import { ReadyQueue } from "./ready-queue.ts";

/** The records that wait for room on one backend. */
export class WaitingLine {
  readonly #ready = new ReadyQueue();
  readonly #demands: Demands;

  constructor(capabilities: BackendCapabilities) {
    this.#demands = new Demands(capabilities);
  }

  get size(): number {
    return this.#ready.size;
  }

  demandOf(plan: TaskPlan): Demand {
    return this.#demands.of(plan);
  }

  /** Puts a ready record in line, unless there is never room for it. */
  add(record: TaskRecord, capacity: BackendCapacity): Misfit | undefined {
    record.demand ??= this.demandOf(record.plan);
    const shortfalls = excess(record.demand, capacity);
    if (shortfalls.length > 0) return { record, shortfalls };
    record.queued = true;
    this.#ready.push(record, record.demand);
    return undefined;
  }

  /** Takes out the first record that fits, if there is one. */
  take(fits: (demand: Demand) => boolean): TaskRecord | undefined {
    const record = this.#ready.take(fits);
    if (record !== undefined) record.queued = false;
    return record;
  }

  /** Takes out all records that pass. */
  drain(passes: (record: TaskRecord) => boolean): TaskRecord[] {
    const drained = this.#ready.drain(passes);
    for (const record of drained) record.queued = false;
    return drained;
  }

  /** Takes out all records for which there is never room any more. */
  drainMisfits(capacity: BackendCapacity): Misfit[] {
    const shortfallsOf = ({ demand, plan }: TaskRecord) => excess(demand ?? this.demandOf(plan), capacity);
    const stuck = this.drain((record) => shortfallsOf(record).length > 0);
    return stuck.map((record) => ({ record, shortfalls: shortfallsOf(record) }));
  }

  /** Takes note that a record in line has settled. */
  withdraw(record: TaskRecord): void {
    record.queued = false;
    this.#ready.discard();
  }
}
