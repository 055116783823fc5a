import type { TaskUpdate } from "@rhapsody/core";

/** Collects updates and hands them on in one batch, when all that can be done without waiting has been done. */
export class UpdateBuffer {
  readonly #deliver: (updates: readonly TaskUpdate[]) => void;
  #updates: TaskUpdate[] = [];
  #scheduled = false;

  constructor(deliver: (updates: readonly TaskUpdate[]) => void) {
    this.#deliver = deliver;
  }

  push(update: TaskUpdate): void {
    this.#updates.push(update);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // From a microtask, a tick runs once no microtask is left: functions that end without waiting end in this batch.
    queueMicrotask(() => process.nextTick(() => this.flush()));
  }

  /** Hands on what there is, now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#updates.length === 0) return;
    const updates = this.#updates;
    this.#updates = [];
    this.#deliver(updates);
  }
}
