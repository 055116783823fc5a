import type { TaskRecord } from "./task-record.ts";

/** Every task of a session by uid: unsettled ones, the latest results, and the uids of all others. */
export class TaskGraph {
  /** `null` for a settled task whose result was let go of: a uid is never used twice, so the name must be remembered. */
  readonly #records = new Map<string, TaskRecord | null>();
  /** Uids of settled tasks whose results are kept, oldest at `#oldest`; a ring once it is full. */
  readonly #retained: string[] = [];
  #oldest = 0;
  readonly #retainedResults: number;

  /** @param retainedResults - How many results of settled tasks can be looked up by uid. */
  constructor(retainedResults: number) {
    this.#retainedResults = retainedResults;
  }

  /** Tells whether a uid was ever used. */
  has(uid: string): boolean {
    return this.#records.has(uid);
  }

  /** The record of a task that has not settled, or settled recently. */
  get(uid: string): TaskRecord | undefined {
    return this.#records.get(uid) ?? undefined;
  }

  /** All records held, settled or not. */
  *records(): Iterable<TaskRecord> {
    for (const record of this.#records.values()) if (record !== null) yield record;
  }

  /** Takes a new record's uid, if it is free, while its batch is being checked. */
  reserve(record: TaskRecord): boolean {
    if (this.#records.has(record.uid)) return false;
    this.#records.set(record.uid, record);
    return true;
  }

  /** Gives back what {@link TaskGraph.reserve} took, when the batch is refused. */
  unreserve(record: TaskRecord): void {
    if (this.#records.get(record.uid) === record) this.#records.delete(record.uid);
  }

  /** Ties an accepted record to what it waits for; returns whether nothing keeps it from running. */
  tie(record: TaskRecord): boolean {
    for (const dependency of record.dependencies) {
      if (dependency.settled) continue;
      record.pending += 1;
      if (dependency.dependents === undefined) dependency.dependents = [record];
      else dependency.dependents.push(record);
    }
    return record.pending === 0;
  }

  /**
   * Takes note that a record settled: starts to age its result, and says which of the records that waited for it now wait for
   * nothing, and which never will run because of it.
   */
  release(record: TaskRecord, dependents: readonly TaskRecord[] | undefined): Released {
    this.#retain(record);
    if (dependents === undefined) return NOBODY;
    const ready: TaskRecord[] = [];
    const doomed: TaskRecord[] = [];
    for (const dependent of dependents) {
      if (dependent.settled) continue;
      dependent.pending -= 1;
      if (record.state !== "DONE" && dependent.plan.onDependencyFailure !== "run") doomed.push(dependent);
      else if (dependent.pending === 0) ready.push(dependent);
    }
    return { ready, doomed };
  }

  #retain(record: TaskRecord): void {
    if (this.#retainedResults === 0) return this.#forget(record.uid);
    if (this.#retained.length < this.#retainedResults) {
      this.#retained.push(record.uid);
      return;
    }
    const oldest = this.#retained[this.#oldest];
    if (oldest !== undefined) this.#forget(oldest);
    this.#retained[this.#oldest] = record.uid;
    this.#oldest = (this.#oldest + 1) % this.#retainedResults;
  }

  #forget(uid: string): void {
    this.#records.set(uid, null);
  }
}

/** What one settled record means for those that waited for it. */
export interface Released {
  readonly ready: readonly TaskRecord[];
  readonly doomed: readonly TaskRecord[];
}

const NOBODY: Released = { ready: [], doomed: [] };
