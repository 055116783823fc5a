/** Requests that wait for their answers. */
export class Requests<T> {
  readonly #waiting = new Map<number, PromiseWithResolvers<T>>();
  #last = 0;
  #failure: Error | undefined;

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** A new request: its id, and the promise of its answer, which rejects at once after {@link fail}. */
  add(): { readonly id: number; readonly answer: Promise<T> } {
    this.#last += 1;
    const request = Promise.withResolvers<T>();
    // Whoever asked may have given it up.
    request.promise.catch(() => undefined);
    if (this.#failure === undefined) this.#waiting.set(this.#last, request);
    else request.reject(this.#failure);
    return { id: this.#last, answer: request.promise };
  }

  /** Takes a request away, which then is no longer answered by {@link fail}; `undefined` when it does not wait. */
  take(id: unknown): PromiseWithResolvers<T> | undefined {
    if (typeof id !== "number") return undefined;
    const request = this.#waiting.get(id);
    this.#waiting.delete(id);
    return request;
  }

  /** Rejects those that wait and all that come. The first call counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const request of this.#waiting.values()) request.reject(this.#failure);
    this.#waiting.clear();
  }
}
