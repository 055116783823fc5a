import type { TaskRecord } from "../graph/task-record.ts";
import type { Demand } from "./demand.ts";
import { Fifo } from "./fifo.ts";
import { Heap } from "./heap.ts";

/**
 * How many smaller tasks may overtake one that does not fit yet. After that the backend runs empty until it fits, so that a stream
 * of small tasks cannot keep a large one waiting for ever.
 */
const MAX_OVERTAKES = 64;

/** How many lines of one priority are looked at for a smaller task: with a demand for every task there would be no end to it. */
const MAX_LINES_TRIED = 256;

/** Tasks of one demand and priority, in the order in which they came. */
interface Line {
  readonly demand: Demand;
  readonly tasks: Fifo<TaskRecord>;
  /** That of the first task, as far as it was looked at. */
  sequence: number;
}

/** The lines of one priority, the one whose first task goes first in front. */
interface Level {
  readonly priority: number;
  readonly lines: Heap<Line>;
  readonly byDemand: Map<Demand, Line>;
}

/**
 * Tasks that are ready to run on one backend, by priority, then in order of submission.
 *
 * Only the first tasks of lines are compared, in a heap, so taking one costs the logarithm of the number of *different* demands.
 * Settled tasks (cancelled while they waited) are passed over.
 */
export class ReadyQueue {
  /** Highest priority last, where taking away is cheap. */
  readonly #levels: Level[] = [];
  #size = 0;
  #stale = 0;
  #held: TaskRecord | undefined = undefined;
  #overtakes = 0;

  /** Tasks that wait. */
  get size(): number {
    return this.#size - this.#stale;
  }

  push(record: TaskRecord, demand: Demand): void {
    const { lines, byDemand } = this.#levelOf(record.plan.priority ?? 0);
    let line = byDemand.get(demand);
    if (line === undefined) {
      line = { demand, tasks: new Fifo(), sequence: record.sequence };
      byDemand.set(demand, line);
      lines.push(line);
    }
    line.tasks.push(record);
    this.#size += 1;
  }

  /** Takes note that a task in the queue settled; its place is given back when it comes up, or when half the queue is like it. */
  discard(): void {
    this.#stale += 1;
    if (this.#stale * 2 <= this.#size) return;
    for (const { lines } of this.#levels) for (const { tasks } of lines.items) tasks.keep(waits);
    this.#size -= this.#stale;
    this.#stale = 0;
  }

  /** Takes out the first task that fits, or `undefined` when none may go now. */
  take(fits: (demand: Demand) => boolean): TaskRecord | undefined {
    const level = this.#highest();
    const first = level?.lines.items[0];
    if (level === undefined || first === undefined) return undefined;
    if (fits(first.demand)) {
      this.#held = undefined;
      return this.#shift(level, 0);
    }
    const head = first.tasks.peek();
    if (this.#held !== head) {
      this.#held = head;
      this.#overtakes = 0;
    }
    if (this.#overtakes >= MAX_OVERTAKES) return undefined;
    const smaller = this.#takeSmaller(fits);
    if (smaller !== undefined) this.#overtakes += 1;
    return smaller;
  }

  /** Takes out all tasks that pass. */
  drain(passes: (record: TaskRecord, demand: Demand) => boolean): TaskRecord[] {
    const drained: TaskRecord[] = [];
    for (const { demand, tasks } of this.#levels.flatMap(({ lines }) => lines.items)) {
      tasks.keep((record) => {
        if (!waits(record)) this.#stale -= 1;
        else if (passes(record, demand)) drained.push(record);
        else return true;
        this.#size -= 1;
        return false;
      });
    }
    return drained;
  }

  /** Finds the place of a priority by halves: a session may have as many priorities as tasks. */
  #levelOf(priority: number): Level {
    let from = 0;
    let to = this.#levels.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#levels[middle]?.priority ?? 0) < priority) from = middle + 1;
      else to = middle;
    }
    const there = this.#levels[from];
    if (there?.priority === priority) return there;
    const level: Level = { priority, lines: new Heap(goesFirst), byDemand: new Map() };
    this.#levels.splice(from, 0, level);
    return level;
  }

  /** The highest level that has a task, with that task in front. Levels and lines without tasks are dropped on the way. */
  #highest(): Level | undefined {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      for (let line = level.lines.items[0]; line !== undefined; line = level.lines.items[0]) {
        const head = this.#head(line);
        if (head?.sequence === line.sequence) return level;
        if (head === undefined) this.#drop(level, 0);
        else this.#move(level, 0, head.sequence);
      }
      this.#levels.pop();
    }
    return undefined;
  }

  /** Takes out the earliest task that fits, of the highest priority that has one. */
  #takeSmaller(fits: (demand: Demand) => boolean): TaskRecord | undefined {
    for (const level of this.#levels.toReversed()) {
      let found = -1;
      let sequence = Infinity;
      const { items } = level.lines;
      for (let index = 0; index < items.length && index < MAX_LINES_TRIED; index += 1) {
        const line = items[index];
        if (line === undefined || !fits(line.demand)) continue;
        const head = this.#head(line);
        if (head === undefined || head.sequence >= sequence) continue;
        found = index;
        ({ sequence } = head);
      }
      if (found >= 0) return this.#shift(level, found);
    }
    return undefined;
  }

  /** The first task of a line that has not settled. */
  #head({ tasks }: Line): TaskRecord | undefined {
    let record = tasks.peek();
    while (record !== undefined && !waits(record)) {
      tasks.shift();
      this.#size -= 1;
      this.#stale -= 1;
      record = tasks.peek();
    }
    return record;
  }

  #shift(level: Level, index: number): TaskRecord | undefined {
    const line = level.lines.items[index];
    const record = line?.tasks.shift();
    if (line === undefined || record === undefined) return undefined;
    this.#size -= 1;
    const next = line.tasks.peek();
    if (next !== undefined) this.#move(level, index, next.sequence);
    // An empty line in front is dropped when it is looked at, if nothing joins it until then.
    else if (index > 0) this.#drop(level, index);
    return record;
  }

  #move({ lines }: Level, index: number, sequence: number): void {
    const line = lines.items[index];
    if (line === undefined) return;
    line.sequence = sequence;
    lines.fix(index);
  }

  #drop({ lines, byDemand }: Level, index: number): void {
    const line = lines.items[index];
    if (line !== undefined) byDemand.delete(line.demand);
    lines.removeAt(index);
  }
}

function goesFirst(a: Line, b: Line): boolean {
  return a.sequence < b.sequence;
}

function waits(record: TaskRecord): boolean {
  return !record.settled;
}
