/** Silence that is worth a warning, in milliseconds; the other end says something every five seconds. */
const SILENCE_MS = 20_000;

/** Tells, once for each silence, when nothing was heard for a while. A suspicion and no more: the other end may only be slow. */
export class Silence {
  readonly #timer: NodeJS.Timeout;
  #heard = false;

  /** @param suspect - Called with the length of the silence, in milliseconds. */
  constructor(suspect: (silentMs: number) => void) {
    this.#timer = setTimeout(() => {
      this.#heard = false;
      // After a stall of this process what was said lies ready: it is read before there is a suspicion.
      setImmediate(() => {
        if (!this.#heard) suspect(SILENCE_MS);
      });
    }, SILENCE_MS).unref();
  }

  /** Something was heard. */
  broken(): void {
    this.#heard = true;
    this.#timer.refresh();
  }

  /** Stops listening. */
  end(): void {
    this.#heard = true;
    clearTimeout(this.#timer);
  }
}
