import type { BackendCapacity } from "../backend/capabilities.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { CapacityLedger } from "./capacity-ledger.ts";
import type { Demand } from "./demand.ts";

/** The records whose attempts were handed to one backend and have not ended, and the room that they take there. */
export class InFlight {
  readonly #records = new Map<string, TaskRecord>();
  readonly #ledger: CapacityLedger;

  constructor(capacity: BackendCapacity) {
    this.#ledger = new CapacityLedger(capacity);
  }

  get size(): number {
    return this.#records.size;
  }

  get capacity(): BackendCapacity {
    return this.#ledger.capacity;
  }

  set capacity(capacity: BackendCapacity) {
    this.#ledger.resize(capacity);
  }

  /** True when there is no room for any further attempt. */
  get full(): boolean {
    return this.#ledger.full;
  }

  readonly fits = (demand: Demand): boolean => this.#ledger.fits(demand);

  add(record: TaskRecord, demand: Demand): void {
    this.#ledger.take(demand);
    this.#records.set(record.uid, record);
  }

  has(record: TaskRecord): boolean {
    return this.#records.get(record.uid) === record;
  }

  find({ uid, attempt }: { readonly uid: string; readonly attempt: number }): TaskRecord | undefined {
    const record = this.#records.get(uid);
    return record?.attempt === attempt ? record : undefined;
  }

  /** Takes a record out and gives back what it took; false when it was not there. */
  remove(record: TaskRecord): boolean {
    if (!this.#records.delete(record.uid) || record.demand === undefined) return false;
    record.accepted = false;
    this.#ledger.give(record.demand);
    return true;
  }

  /** Takes all out. */
  clear(): readonly TaskRecord[] {
    const records = [...this.#records.values()];
    for (const record of records) this.remove(record);
    return records;
  }
}
