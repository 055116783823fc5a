// What setTimeout can wait; a longer time would end at once.
const LONGEST_MS = 2 ** 31 - 1;

/** A signal that aborts when time is up or when the caller's does, each with its own reason. Clear it when the work is over. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;

  /** `timeoutMs` from now; `toReason` makes the error that is thrown then. */
  constructor(timeoutMs: number, outer: AbortSignal | undefined, toReason: () => Error) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#controller.abort(toReason()), Math.min(timeoutMs, LONGEST_MS));
    if (outer?.aborted) this.#onOuter();
    outer?.addEventListener("abort", this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the clock and lets go of the caller's signal. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onOuter);
  }

  readonly #onOuter = (): void => this.#controller.abort(this.#outer?.reason);
}
