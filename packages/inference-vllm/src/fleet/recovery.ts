import type { Replica } from "./replica.ts";

/** Pauses between probes of a server that is out of use, in milliseconds: twice as long each time, up to the last. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Longest time for the answer to a probe, in milliseconds. */
const PROBE_MS = 5_000;

/** Probes servers that were taken out of use, until they answer. No timer runs while all are well. */
export class Recovery {
  readonly #back: (replica: Replica) => void;
  readonly #stopped = new AbortController();
  readonly #watched = new Set<Replica>();

  /** @param back - Called with a server that answers again. */
  constructor(back: (replica: Replica) => void) {
    this.#back = back;
  }

  /** Watches a server until it is back. False when it is watched already. */
  watch(replica: Replica): boolean {
    if (this.#watched.has(replica) || this.#stopped.signal.aborted) return false;
    this.#watched.add(replica);
    this.#next(replica, FIRST_PAUSE_MS);
    return true;
  }

  close(): void {
    this.#stopped.abort();
  }

  #next(replica: Replica, pauseMs: number): void {
    const timer = setTimeout(() => void this.#probe(replica, pauseMs), pauseMs);
    timer.unref();
  }

  async #probe(replica: Replica, pauseMs: number): Promise<void> {
    const { signal } = this.#stopped;
    if (signal.aborted || replica.status === "removed") return this.#forget(replica);
    const well = await replica.probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]));
    if (!well) return this.#next(replica, Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
    // It may have been started anew, with another model.
    await replica.learnModels(AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]));
    // It may have been removed meanwhile.
    if (signal.aborted || (replica.status as string) === "removed") return this.#forget(replica);
    this.#forget(replica);
    replica.status = "healthy";
    this.#back(replica);
  }

  #forget(replica: Replica): void {
    this.#watched.delete(replica);
  }
}
