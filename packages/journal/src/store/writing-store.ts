import type { JournalBatch, StoredResult, StoredTask } from "@rhapsody/core";
import { BatchWriter } from "./batch-writer.ts";
import { Lookups } from "./lookups.ts";
import { OutputFiles } from "./output-files.ts";
import { toWriteFailure } from "./sqlite-failure.ts";
import type { Database } from "./sqlite.ts";
import type { StoreOptions } from "./store-options.ts";
import type { WriterLock } from "./writer-lock.ts";

/** What a {@link WritingStore} is made of; it closes both. */
export interface WritingStoreParts {
  readonly db: Database;
  readonly lock: WriterLock;
}

/** A journal that is open for writing. */
export class WritingStore {
  readonly #path: string;
  readonly #parts: WritingStoreParts;
  readonly #writer: BatchWriter;
  readonly #lookups: Lookups;

  constructor({ path, sync, spillBytes }: StoreOptions, parts: WritingStoreParts) {
    const files = new OutputFiles(path, sync === "always");
    this.#path = path;
    this.#parts = parts;
    this.#writer = new BatchWriter({ db: parts.db, files, spillBytes });
    this.#lookups = new Lookups(parts.db, files);
  }

  /** @throws StoreFailure `JOURNAL_FULL`, `JOURNAL_FAILED`; nothing was written. */
  commit(batch: JournalBatch): void {
    try {
      this.#writer.write(batch);
    } catch (error) {
      throw toWriteFailure(error, this.#path);
    }
  }

  recall(uids: readonly string[]): readonly (StoredTask | undefined)[] {
    return this.#lookups.recall(uids);
  }

  cached(keys: readonly string[]): readonly (StoredResult | undefined)[] {
    return this.#lookups.cached(keys);
  }

  close(): void {
    const { db, lock } = this.#parts;
    try {
      emptyLog(db);
      db.close();
    } finally {
      lock.release();
    }
  }
}

/** One file remains. Where there is no room for that, or somebody reads, the log stays beside it, and nothing is lost. */
function emptyLog(db: Database): void {
  try {
    db.exec("PRAGMA busy_timeout=0; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // As said.
  }
}
