import type { TaskRecord } from "./task-record.ts";

/** Every task of a session: unsettled ones, the latest results, and the uids of all others. */
export class TaskGraph {
  /** Place in `#records` of each uid, for ever: a uid is never used twice. */
  readonly #places = new Map<string, number>();
  /**
   * `undefined` for settled tasks whose results were let go of, and for free places. A list beside the map, since letting go is
   * then no look-up: among millions of uids each takes as long as all else that settling does.
   */
  readonly #records: (TaskRecord | undefined)[] = [];
  /** Places that a refused batch gave back. */
  readonly #free: number[] = [];
  /** Places of settled tasks whose results are kept, oldest at `#oldest`; a ring once it is full. */
  readonly #retained: number[] = [];
  #oldest = 0;
  /** Number of the next task to be accepted. */
  nextSequence = 0;
  readonly #retainedResults: number;

  /** @param retainedResults - How many results of settled tasks can be looked up by uid. */
  constructor(retainedResults: number) {
    this.#retainedResults = retainedResults;
  }

  /** Tells whether a uid was ever used. */
  has(uid: string): boolean {
    return this.#places.has(uid);
  }

  /** The record of a task that has not settled, or settled recently. */
  get(uid: string): TaskRecord | undefined {
    const place = this.#places.get(uid);
    return place === undefined ? undefined : this.#records[place];
  }

  /** Tells whether a uid is that of a task whose result is not held. */
  isReleased(uid: string): boolean {
    const place = this.#places.get(uid);
    return place !== undefined && this.#records[place] === undefined;
  }

  /** All records held, settled or not. */
  *records(): Iterable<TaskRecord> {
    for (const record of this.#records) if (record !== undefined) yield record;
  }

  /** Takes a new record's uid, if it is free, while its batch is being checked. */
  reserve(record: TaskRecord): boolean {
    if (this.#places.has(record.uid)) return false;
    record.place = this.#free.pop() ?? this.#records.length;
    this.#records[record.place] = record;
    this.#places.set(record.uid, record.place);
    return true;
  }

  /** Takes the uid of a task whose result is not held. */
  remember(uid: string): void {
    this.#places.set(uid, this.#records.length);
    this.#records.push(undefined);
  }

  /** Holds the record of a settled task again, until {@link TaskGraph.retain} lets it age. */
  adopt(record: TaskRecord): void {
    record.place = this.#places.get(record.uid) ?? -1;
    this.#records[record.place] = record;
  }

  /** Gives back what {@link TaskGraph.reserve} took, when the batch is refused. */
  unreserve(record: TaskRecord): void {
    if (this.get(record.uid) !== record) return;
    this.#places.delete(record.uid);
    this.#records[record.place] = undefined;
    this.#free.push(record.place);
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
    this.retain(record);
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

  /** Lets a result age: it is let go of when enough others have come after it. */
  retain({ place }: TaskRecord): void {
    if (this.#retained.length < this.#retainedResults) {
      this.#retained.push(place);
      return;
    }
    const oldest = this.#retained[this.#oldest] ?? place;
    this.#records[oldest] = undefined;
    if (this.#retainedResults === 0) return;
    this.#retained[this.#oldest] = place;
    this.#oldest = (this.#oldest + 1) % this.#retainedResults;
  }
}

/** What one settled record means for those that waited for it. */
export interface Released {
  readonly ready: readonly TaskRecord[];
  readonly doomed: readonly TaskRecord[];
}

const NOBODY: Released = { ready: [], doomed: [] };
