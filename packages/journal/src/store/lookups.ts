import type { StoredResult, StoredTask } from "@rhapsody/core";
import type { OutputFiles } from "./output-files.ts";
import { Query, type Row } from "./query.ts";
import { text, toResult, toTask } from "./rows.ts";
import { COLUMNS } from "./schema.ts";
import type { Database } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";

/** Finds tasks and results in a journal. */
export class Lookups {
  readonly #files: OutputFiles;
  readonly #task: Query;
  readonly #lastResult: Query;
  readonly #cached: Query;

  constructor(db: Database, files: OutputFiles) {
    const results = `SELECT ${COLUMNS.results.join(", ")} FROM results`;
    this.#files = files;
    this.#task = new Query(db, `SELECT ${COLUMNS.tasks.join(", ")} FROM tasks WHERE uid = ?`);
    this.#lastResult = new Query(db, `${results} WHERE task = ? ORDER BY number DESC LIMIT 1`);
    this.#cached = new Query(db, `${results} WHERE cache_key = ? AND state = 'DONE' ORDER BY number DESC LIMIT 1`);
  }

  recall(uids: readonly string[]): readonly (StoredTask | undefined)[] {
    return uids.map((uid) => {
      const row = this.#task.first(text(uid));
      if (row === undefined) return undefined;
      const task = toTask(row);
      const result = this.#lastResult.first(task.sequence);
      return result === undefined ? task : { ...task, result: toResult(result, this.#files) };
    });
  }

  cached(keys: readonly string[]): readonly (StoredResult | undefined)[] {
    return keys.map((key) => {
      const row = this.#cached.first(text(key));
      return row === undefined ? undefined : this.#wholeResult(row);
    });
  }

  #wholeResult(row: Row): StoredResult | undefined {
    try {
      return toResult(row, this.#files);
    } catch (error) {
      // A result whose files are gone was never there.
      if (error instanceof StoreFailure) return undefined;
      throw error;
    }
  }
}
