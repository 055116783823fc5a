/** Tells when calls have waited for long for a model that no server in use has. No timer runs while there is one for each. */
export class Patience {
  readonly #ms: number;
  readonly #over: (model: unknown) => void;
  readonly #timers = new Map<unknown, NodeJS.Timeout>();

  /** @param over - Called with a model that nobody had for `ms` milliseconds. */
  constructor(ms: number, over: (model: unknown) => void) {
    this.#ms = ms;
    this.#over = over;
  }

  /** True while it waits for any. */
  get isWaiting(): boolean {
    return this.#timers.size > 0;
  }

  /** Takes the models that are waited for and had by nobody, all there are. */
  watch(models: ReadonlySet<unknown>): void {
    for (const [model, timer] of this.#timers) if (!models.has(model)) this.#forget(model, timer);
    for (const model of models) if (!this.#timers.has(model)) this.#timers.set(model, this.#begin(model));
  }

  #begin(model: unknown): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timers.delete(model);
      this.#over(model);
    }, this.#ms);
  }

  #forget(model: unknown, timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(model);
  }
}
