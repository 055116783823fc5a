import type { CanceledUpdate, DoneUpdate, FailedUpdate, LostUpdate, TaskAttempt, TaskUpdate } from "@rhapsody/core";

/** The update that ends an attempt. */
export type EndUpdate = DoneUpdate | FailedUpdate | CanceledUpdate | LostUpdate;

/** Everything that a backend reported in one opening; wakes those who wait for some of it. */
export class UpdateLog {
  readonly #timeoutMs: number;
  readonly #updates: TaskUpdate[] = [];
  readonly #ends = new Map<string, EndUpdate>();
  readonly #checks = new Set<() => void>();
  #lost: Error | undefined;

  /** @param timeoutMs - Longest silence that is waited out, in milliseconds. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** All updates, in the order in which they came. */
  get all(): readonly TaskUpdate[] {
    return this.#updates;
  }

  record(updates: readonly TaskUpdate[]): void {
    for (const update of updates) {
      this.#updates.push(update);
      const key = attemptKey(update);
      if (isEnd(update) && !this.#ends.has(key)) this.#ends.set(key, update);
    }
    this.wake();
  }

  /** Makes every wait, also those to come, fail: the engine died. */
  lose(error: Error): void {
    this.#lost = error;
    this.wake();
  }

  /** Looks again at what is waited for. */
  wake(): void {
    for (const check of this.#checks) check();
  }

  /** Updates of one attempt. */
  of(attempt: TaskAttempt): readonly TaskUpdate[] {
    const key = attemptKey(attempt);
    return this.#updates.filter((update) => attemptKey(update) === key);
  }

  /** The first update that ended an attempt. */
  endOf(attempt: TaskAttempt): EndUpdate | undefined {
    return this.#ends.get(attemptKey(attempt));
  }

  /** Resolves once all attempts have ended, with their ends in the same order. */
  async ended(attempts: readonly TaskAttempt[]): Promise<readonly EndUpdate[]> {
    const ends: EndUpdate[] = [];
    // Each check goes on where the last one stopped, so that ten thousand attempts cost ten thousand steps in all.
    const haveAllEnded = (): boolean => {
      for (let attempt = attempts[ends.length]; attempt !== undefined; attempt = attempts[ends.length]) {
        const end = this.endOf(attempt);
        if (end === undefined) return false;
        ends.push(end);
      }
      return true;
    };
    await this.until(
      haveAllEnded,
      () => `the end of ${attempts[ends.length]?.uid} (${ends.length} of ${attempts.length} ended)`,
    );
    return ends;
  }

  /** Resolves once `condition` holds; rejects when nothing was reported for too long, or the engine was lost. */
  until(condition: () => boolean, what: () => string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (): boolean => {
      if (condition()) resolve();
      else if (this.#lost !== undefined)
        reject(new Error(`the backend called lost() while the test waited for ${what()}`, { cause: this.#lost }));
      else return false;
      return true;
    };
    if (settle()) return promise;
    const timer = setTimeout(() => {
      this.#checks.delete(check);
      reject(new Error(`nothing was reported for ${this.#timeoutMs} ms while the test waited for ${what()}`));
    }, this.#timeoutMs);
    const check = (): void => {
      if (!settle()) return void timer.refresh();
      clearTimeout(timer);
      this.#checks.delete(check);
    };
    this.#checks.add(check);
    return promise;
  }
}

/** One text for each attempt. */
export function attemptKey({ uid, attempt, epoch }: TaskAttempt): string {
  return `${uid} ${attempt} ${epoch}`;
}

/** Tells whether an update ends its attempt. */
export function isEnd(update: TaskUpdate): update is EndUpdate {
  const { state } = update;
  return state === "DONE" || state === "FAILED" || state === "CANCELED" || state === "LOST";
}
