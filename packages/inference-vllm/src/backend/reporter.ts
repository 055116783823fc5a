import type { TaskUpdate } from "@rhapsody/core";

/** Hands updates on, those of one turn of the event loop together. */
export class Reporter {
  readonly #report: (updates: readonly TaskUpdate[]) => void;
  #updates: TaskUpdate[] = [];

  constructor(report: (updates: readonly TaskUpdate[]) => void) {
    this.#report = report;
  }

  add(update: TaskUpdate): void {
    if (this.#updates.length === 0) setImmediate(() => this.flush());
    this.#updates.push(update);
  }

  /** True while nothing was added after the update, and it has not been handed on. */
  isLatest(update: TaskUpdate): boolean {
    return this.#updates.at(-1) === update;
  }

  flush(): void {
    if (this.#updates.length === 0) return;
    const updates = this.#updates;
    this.#updates = [];
    this.#report(updates);
  }
}
