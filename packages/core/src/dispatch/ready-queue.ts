import type { TaskRecord } from "../graph/task-record.ts";
import type { Demand } from "./demand.ts";
import { Fifo } from "./fifo.ts";

/**
 * How many smaller tasks may overtake one that does not fit yet. After that the backend runs empty until it fits, so that a stream
 * of small tasks cannot keep a large one waiting for ever.
 */
const MAX_OVERTAKES = 64;

/** Tasks of one demand and priority, in order of submission. */
interface Line {
  readonly demand: Demand;
  readonly tasks: Fifo<TaskRecord>;
}

/** The lines of one priority. */
interface Level {
  readonly priority: number;
  readonly lines: Line[];
}

/**
 * Tasks that are ready to run on one backend, by priority, then in order of submission.
 *
 * Only the heads of one priority's lines are compared, so taking a task costs the number of *different* demands, not of tasks or
 * priorities. Settled tasks (cancelled while they waited) are passed over.
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
    const lines = this.#linesOf(record.plan.priority ?? 0);
    let line = lines.find((other) => other.demand === demand);
    if (line === undefined) lines.push((line = { demand, tasks: new Fifo() }));
    line.tasks.push(record);
    this.#size += 1;
  }

  /** Takes note that a task in the queue settled; its place is given back when it comes up, or when half the queue is like it. */
  discard(): void {
    this.#stale += 1;
    if (this.#stale * 2 <= this.#size) return;
    for (const { lines } of this.#levels) for (const { tasks } of lines) tasks.keep(waits);
    this.#size -= this.#stale;
    this.#stale = 0;
  }

  /** Takes out the first task that fits, or `undefined` when none may go now. */
  take(fits: (demand: Demand) => boolean): TaskRecord | undefined {
    const first = this.#first(anyDemand);
    if (first === undefined) return undefined;
    if (fits(first.demand)) {
      this.#held = undefined;
      return this.#shift(first);
    }
    const head = first.tasks.peek();
    if (this.#held !== head) {
      this.#held = head;
      this.#overtakes = 0;
    }
    if (this.#overtakes >= MAX_OVERTAKES) return undefined;
    const smaller = this.#first(fits);
    if (smaller === undefined) return undefined;
    this.#overtakes += 1;
    return this.#shift(smaller);
  }

  /** Takes out all tasks that pass. */
  drain(passes: (record: TaskRecord, demand: Demand) => boolean): TaskRecord[] {
    const drained: TaskRecord[] = [];
    for (const { demand, tasks } of this.#levels.flatMap(({ lines }) => lines)) {
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
  #linesOf(priority: number): Line[] {
    let from = 0;
    let to = this.#levels.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#levels[middle]?.priority ?? 0) < priority) from = middle + 1;
      else to = middle;
    }
    const level = this.#levels[from];
    if (level?.priority === priority) return level.lines;
    const lines: Line[] = [];
    this.#levels.splice(from, 0, { priority, lines });
    return lines;
  }

  /** The line whose head goes first, of those whose demand passes. Levels and lines without tasks are dropped on the way. */
  #first(passes: (demand: Demand) => boolean): Line | undefined {
    for (let index = this.#levels.length - 1; index >= 0; index -= 1) {
      const lines = this.#levels[index]?.lines ?? [];
      const line = this.#earliest(lines, passes);
      if (line !== undefined) return line;
      if (lines.length === 0) this.#levels.splice(index, 1);
    }
    return undefined;
  }

  #earliest(lines: Line[], passes: (demand: Demand) => boolean): Line | undefined {
    let earliest: Line | undefined;
    let sequence = Infinity;
    for (let index = lines.length - 1; index >= 0; index -= 1) {
      const line = lines[index];
      if (line === undefined) break;
      const head = this.#head(line.tasks);
      if (head === undefined) {
        lines.splice(index, 1);
      } else if (head.sequence < sequence && passes(line.demand)) {
        earliest = line;
        ({ sequence } = head);
      }
    }
    return earliest;
  }

  #head(tasks: Fifo<TaskRecord>): TaskRecord | undefined {
    let record = tasks.peek();
    while (record !== undefined && !waits(record)) {
      tasks.shift();
      this.#size -= 1;
      this.#stale -= 1;
      record = tasks.peek();
    }
    return record;
  }

  #shift(line: Line): TaskRecord | undefined {
    this.#size -= 1;
    return line.tasks.shift();
  }
}

function anyDemand(): boolean {
  return true;
}

function waits(record: TaskRecord): boolean {
  return !record.settled;
}
