import type { TaskRecord } from "../graph/task-record.ts";
import type { Demand } from "./demand.ts";
import { Fifo } from "./fifo.ts";

/**
 * How many smaller tasks may overtake one that does not fit yet. After that the backend runs empty until it fits, so that a stream
 * of small tasks cannot keep a large one waiting for ever.
 */
const MAX_OVERTAKES = 64;

/**
 * Tasks that are ready to run on one backend, by priority, then in order of submission.
 *
 * Tasks of one demand and priority form a line; only the heads of lines are compared, so taking one costs the number of *different*
 * demands and priorities, not of tasks. Settled tasks (cancelled while they waited) are passed over.
 */
export class ReadyQueue {
  readonly #lines = new Map<Demand, Map<number, Fifo<TaskRecord>>>();
  #size = 0;
  #stale = 0;
  #held: TaskRecord | undefined = undefined;
  #overtakes = 0;

  /** Tasks that wait. */
  get size(): number {
    return this.#size - this.#stale;
  }

  push(record: TaskRecord, demand: Demand): void {
    const priority = record.plan.priority ?? 0;
    let lines = this.#lines.get(demand);
    if (lines === undefined) this.#lines.set(demand, (lines = new Map<number, Fifo<TaskRecord>>()));
    let line = lines.get(priority);
    if (line === undefined) lines.set(priority, (line = new Fifo()));
    line.push(record);
    this.#size += 1;
  }

  /** Takes note that a task in the queue settled; its place is given back when it comes up, or when half the queue is like it. */
  discard(): void {
    this.#stale += 1;
    if (this.#stale * 2 <= this.#size) return;
    for (const line of this.#allLines()) line.keep(waits);
    this.#size -= this.#stale;
    this.#stale = 0;
  }

  /** Takes out the first task that fits, or `undefined` when none may go now. */
  take(fits: (demand: Demand) => boolean): TaskRecord | undefined {
    const first = this.#first(() => true);
    if (first === undefined) return undefined;
    if (fits(first.demand)) {
      this.#held = undefined;
      return this.#remove(first);
    }
    if (this.#held !== first.record) {
      this.#held = first.record;
      this.#overtakes = 0;
    }
    if (this.#overtakes >= MAX_OVERTAKES) return undefined;
    const smaller = this.#first(fits);
    if (smaller === undefined) return undefined;
    this.#overtakes += 1;
    return this.#remove(smaller);
  }

  /** Takes out all tasks that pass. */
  drain(passes: (record: TaskRecord, demand: Demand) => boolean): TaskRecord[] {
    const drained: TaskRecord[] = [];
    for (const [demand, lines] of this.#lines) {
      for (const line of lines.values()) {
        line.keep((record) => {
          if (!waits(record)) this.#stale -= 1;
          else if (passes(record, demand)) drained.push(record);
          else return true;
          this.#size -= 1;
          return false;
        });
      }
    }
    return drained;
  }

  #first(passes: (demand: Demand) => boolean): Head | undefined {
    let best: Head | undefined;
    for (const [demand, lines] of this.#lines) {
      if (!passes(demand)) continue;
      for (const [priority, line] of lines) {
        const record = this.#head(line);
        if (record === undefined) lines.delete(priority);
        else if (best === undefined || before(record, priority, best)) best = { record, priority, demand, line };
      }
      if (lines.size === 0) this.#lines.delete(demand);
    }
    return best;
  }

  #head(line: Fifo<TaskRecord>): TaskRecord | undefined {
    let record = line.peek();
    while (record !== undefined && !waits(record)) {
      line.shift();
      this.#size -= 1;
      this.#stale -= 1;
      record = line.peek();
    }
    return record;
  }

  #remove(head: Head): TaskRecord {
    head.line.shift();
    this.#size -= 1;
    return head.record;
  }

  *#allLines(): Iterable<Fifo<TaskRecord>> {
    for (const lines of this.#lines.values()) yield* lines.values();
  }
}

interface Head {
  readonly record: TaskRecord;
  readonly priority: number;
  readonly demand: Demand;
  readonly line: Fifo<TaskRecord>;
}

function before(record: TaskRecord, priority: number, other: Head): boolean {
  return priority > other.priority || (priority === other.priority && record.sequence < other.record.sequence);
}

function waits(record: TaskRecord): boolean {
  return !record.settled;
}
