/**
 * How many requests a server takes at a time: multiplicative decrease, as in TCP's congestion control (RFC 5681), and an increase that begins by one and doubles. Answers of
 * models take seconds, so that one by one it would take an hour to make good for a server that was full for a moment.
 *
 * A server that batches by itself wants many; only its own refusals say how many are too many.
 */
export class Window {
  readonly #most: number;
  #size: number;
  /** Requests ended since the size last changed. */
  #calm = 0;
  /** By how much it grows next. */
  #step = 1;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  get size(): number {
    return this.#size;
  }

  /** The server refused a request while `inFlight` others were under way. */
  refused(inFlight: number): void {
    // Refusals come in bursts: those of requests sent before the cut say nothing about the smaller window.
    if (inFlight > this.#size) return;
    this.#size = Math.max(1, Math.floor(Math.min(inFlight, this.#size) * 0.7));
    this.#calm = 0;
    this.#step = 1;
  }

  /** A request ended well. */
  answered(): void {
    if (this.#size >= this.#most) return;
    this.#calm += 1;
    if (this.#calm < this.#size) return;
    this.#size = Math.min(this.#most, this.#size + this.#step);
    this.#step *= 2;
    this.#calm = 0;
  }
}
