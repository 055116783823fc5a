import type { JournalBatch, JournalHandle, StoredResult, StoredTask } from "@rhapsody/core";
import type { StoreThread } from "../workers/store-thread.ts";

/** A journal whose thread has opened it, to write or to read. */
export class OpenedJournal implements JournalHandle {
  readonly #thread: StoreThread;

  constructor(thread: StoreThread) {
    this.#thread = thread;
  }

  commit(batch: JournalBatch): Promise<void> {
    return this.#thread.ask("commit", batch);
  }

  recall(uids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    return this.#thread.ask("recall", uids);
  }

  cached(keys: readonly string[]): Promise<readonly (StoredResult | undefined)[]> {
    return this.#thread.ask("cached", keys);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
