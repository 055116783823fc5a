/** Silence that is worth a warning, in milliseconds; the other end says something every five seconds. */
const SILENCE_MS = 20_000;

/** Tells, once for each silence, when nothing was heard for {@link SILENCE_MS}. A suspicion and no more: the other end may only be slow. */
export class Silence {
  readonly #timer: NodeJS.Timeout;

  constructor(suspect: (silentMs: number) => void) {
    this.#timer = setTimeout(() => suspect(SILENCE_MS), SILENCE_MS).unref();
  }

  /** Something was heard. */
  broken(): void {
    this.#timer.refresh();
  }

  /** Stops listening. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
