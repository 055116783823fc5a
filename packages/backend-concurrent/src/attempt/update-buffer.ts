import type { TaskUpdate } from "@rhapsody/core";

/** How long it may take until the session hears that a task runs, in milliseconds. */
const RUNNING_DELAY_MS = 1;

/**
 * Collects updates and hands them on in batches.
 *
 * An end is handed on once all that can be done without waiting has been done, as it makes room for the next task. That a task runs can wait a
 * moment and go with the next end: told on its own it would cost the session as much again.
 */
export class UpdateBuffer {
  readonly #deliver: (updates: readonly TaskUpdate[]) => void;
  #updates: TaskUpdate[] = [];
  #soon = false;
  #later = false;

  constructor(deliver: (updates: readonly TaskUpdate[]) => void) {
    this.#deliver = deliver;
  }

  push(update: TaskUpdate): void {
    this.#updates.push(update);
    if (this.#soon) return;
    if (update.state !== "RUNNING") {
      this.#soon = true;
      // Ticks come after microtasks: functions that end without waiting end in this batch.
      process.nextTick(() => this.flush());
    } else if (!this.#later) {
      this.#later = true;
      setTimeout(() => {
        this.#later = false;
        this.flush();
      }, RUNNING_DELAY_MS);
    }
  }

  /** Hands on what there is, now. */
  flush(): void {
    this.#soon = false;
    if (this.#updates.length === 0) return;
    const updates = this.#updates;
    this.#updates = [];
    this.#deliver(updates);
  }
}
