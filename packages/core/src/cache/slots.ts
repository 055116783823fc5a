import { Fifo } from "../dispatch/fifo.ts";

/** Lets a limited number of works run at a time; the others wait in line. */
export class Slots {
  #free: number;
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #waiting = new Fifo<() => void>();

  constructor(slots: number) {
    this.#free = slots;
  }

  /** As {@link Slots.run}; those who ask for the same before the work has begun get the same answer. */
  share<T>(name: string, work: () => Promise<T>): Promise<T> {
    // Work of one name has one type.
    const waiting = this.#shared.get(name) as Promise<T> | undefined;
    if (waiting !== undefined) return waiting;
    let hasBegun = false;
    const answer = this.run(() => {
      hasBegun = true;
      this.#shared.delete(name);
      return work();
    });
    // Where a slot was free, it has begun already.
    if (!hasBegun) this.#shared.set(name, answer);
    return answer;
  }

  /** Does a work once there is a slot for it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
