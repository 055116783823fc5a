/**
 * How many requests a server takes at a time: additive increase, multiplicative decrease, as in TCP's congestion control (RFC 5681).
 *
 * A server that batches by itself wants many; only its own refusals say how many are too many.
 */
export class Window {
  readonly #most: number;
  #size: number;
  /** Requests ended since the size last changed. */
  #calm = 0;

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
  }

  /** A request ended well. */
  answered(): void {
    if (this.#size >= this.#most) return;
    this.#calm += 1;
    if (this.#calm < this.#size) return;
    this.#size += 1;
    this.#calm = 0;
  }
}
