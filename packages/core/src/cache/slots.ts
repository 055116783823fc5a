import { Fifo } from "../dispatch/fifo.ts";

/** Lets a limited number of works run at a time; the others wait in line. */
export class Slots {
  #free: number;
  readonly #waiting = new Fifo<() => void>();

  constructor(slots: number) {
    this.#free = slots;
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
