/** Waits that end, at the latest, all together: whatever is waited for, and however long it takes. */
export class Waits {
  readonly #open = new Set<() => void>();

  /** Resolves with the promise, which must not reject, or with {@link Waits.end}. */
  async until(promise: Promise<unknown>): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    // Not a race with one long-lived promise, which would hold on to every wait there ever was.
    this.#open.add(resolve);
    void promise.then(() => resolve());
    await over;
    this.#open.delete(resolve);
  }

  end(): void {
    for (const resolve of this.#open) resolve();
  }
}
