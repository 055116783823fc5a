import { Heap } from "../dispatch/heap.ts";

/** Narrowest slot, in milliseconds. */
const MIN_SLOT_MS = 4;

/** A slot is as wide as this share of the delay, so that long timeouts share few slots. */
const SLOT_SHARE = 1 / 64;

/** Longest delay that `setTimeout` takes, 2^31 - 1 ms (WHATWG HTML, "timers"). */
export const MAX_TIMEOUT_MS = 2_147_483_647;

/** One thing to do at a time; hand it back to {@link Deadlines.cancel} to drop it. */
export interface Deadline {
  /** When it is due, in milliseconds on the monotonic clock, rounded up to its slot. */
  readonly dueMs: number;
  readonly fire: () => void;
}

/**
 * Any number of deadlines on one timer.
 *
 * Adding and dropping one is O(1); it fires late by at most 4 ms or 1/64 of its delay, whichever is more. Time is monotonic, so a
 * jump of the wall clock moves no deadline. The timer keeps the process alive only while there are deadlines.
 */
export class Deadlines {
  readonly #slots = new Map<number, Set<Deadline>>();
  /** Due times of the slots, each once, smallest first. */
  readonly #heap = new Heap<number>((a, b) => a < b);
  #size = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #armedFor = Infinity;

  /** Calls `fire` once `delayMs` have passed. */
  add(delayMs: number, fire: () => void): Deadline {
    const width = Math.max(MIN_SLOT_MS, 2 ** Math.floor(Math.log2(delayMs * SLOT_SHARE)));
    const dueMs = Math.ceil((performance.now() + delayMs) / width) * width;
    const deadline = { dueMs, fire };
    const slot = this.#slots.get(dueMs);
    if (slot === undefined) {
      this.#slots.set(dueMs, new Set([deadline]));
      this.#heap.push(dueMs);
    } else {
      slot.add(deadline);
    }
    this.#size += 1;
    if (dueMs < this.#armedFor) this.#arm();
    return deadline;
  }

  /** Drops a deadline; one that has fired is ignored. */
  cancel(deadline: Deadline): void {
    const slot = this.#slots.get(deadline.dueMs);
    if (slot === undefined || !slot.delete(deadline)) return;
    this.#size -= 1;
    if (this.#size === 0) this.#arm();
  }

  get #first(): number | undefined {
    return this.#heap.items[0];
  }

  #arm(): void {
    clearTimeout(this.#timer);
    // Slots emptied by `cancel` stay until they come up, so that each is in the heap once.
    for (let due = this.#first; due !== undefined && this.#slots.get(due)?.size === 0; due = this.#first)
      this.#drop(due);
    this.#armedFor = this.#first ?? Infinity;
    if (this.#armedFor === Infinity) return;
    const delayMs = Math.max(0, this.#armedFor - performance.now());
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.ceil(delayMs), MAX_TIMEOUT_MS));
  }

  #fire(): void {
    try {
      for (let due = this.#first; due !== undefined && due <= performance.now(); due = this.#first) {
        // A deadline that fires may cancel others of its slot, which a set being iterated honours.
        for (const deadline of this.#slots.get(due) ?? []) {
          this.cancel(deadline);
          deadline.fire();
        }
        // Not empty when what fired added one that is due by now.
        if (this.#first === due && this.#slots.get(due)?.size === 0) this.#drop(due);
      }
    } finally {
      this.#arm();
    }
  }

  #drop(due: number): void {
    this.#slots.delete(due);
    this.#heap.removeAt(0);
  }
}
