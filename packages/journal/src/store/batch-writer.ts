import type { StatementSync } from "node:sqlite";
import type { Encoded, JournalBatch, StoredResult } from "@rhapsody/core";
import { type FileReference, LARGE_PARTS, type LargePart, type OutputFiles } from "./output-files.ts";
import { Query } from "./query.ts";
import { changeRow, type KeptParts, resultRow, taskRow } from "./rows.ts";
import { insertInto } from "./schema.ts";
import type { Database } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";
import { checksumOfCommit } from "./whole-commits.ts";

/** What a {@link BatchWriter} writes with. */
export interface BatchWriterParts {
  readonly db: Database;
  readonly files: OutputFiles;
  /** Outputs of at least so many bytes go to files. */
  readonly spillBytes: number;
}

/** Adds batches to a journal, each in a transaction of its own. */
export class BatchWriter {
  readonly #parts: BatchWriterParts;
  readonly #insert: Readonly<Record<"tasks" | "changes" | "results" | "commits", StatementSync>>;
  #commit: number;
  #number: number;
  #sequence: number;

  constructor(parts: BatchWriterParts) {
    const { db } = parts;
    this.#parts = parts;
    this.#insert = {
      tasks: db.prepare(insertInto("tasks")),
      changes: db.prepare(insertInto("changes")),
      results: db.prepare(insertInto("results")),
      commits: db.prepare(insertInto("commits")),
    };
    const last = (sql: string, none: number): number => Number(new Query(db, sql).first()?.[0] ?? none);
    this.#commit = last("SELECT max(number) FROM commits", 0);
    this.#number = Math.max(last("SELECT max(number) FROM changes", 0), last("SELECT max(number) FROM results", 0));
    this.#sequence = last("SELECT max(sequence) FROM tasks", -1);
  }

  /** Writes a batch whole, or throws and leaves everything as it was. */
  write(batch: JournalBatch): void {
    const { accepted, changes, results } = batch;
    if (accepted.length + changes.length + results.length === 0) return;
    const sequence = this.#checkOrder(batch);
    const spilled: FileReference[] = [];
    const { db, files } = this.#parts;
    try {
      const firstChange = this.#number + 1;
      const firstResult = firstChange + changes.length;
      const rows = {
        tasks: accepted.map(taskRow),
        changes: changes.map((change, index) => changeRow(firstChange + index, change)),
        results: results.map((ending, index) => {
          const number = firstResult + index;
          return resultRow(number, ending, this.#spill(number, ending.result, spilled));
        }),
      };
      if (spilled.length > 0) files.flush();
      const commit = [this.#commit + 1, Date.now(), accepted.length, changes.length, results.length];

      db.exec("BEGIN IMMEDIATE");
      for (const row of rows.tasks) this.#insert.tasks.run(...row);
      for (const row of rows.changes) this.#insert.changes.run(...row);
      for (const row of rows.results) this.#insert.results.run(...row);
      this.#insert.commits.run(...commit, checksumOfCommit(commit, rows));
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      for (const file of spilled) files.remove(file);
      throw error;
    }
    this.#commit += 1;
    this.#number += changes.length + results.length;
    this.#sequence = sequence;
  }

  /** Rows are read back in the order of their keys, so that has to be the order in which they come. */
  #checkOrder({ accepted }: JournalBatch): number {
    let last = this.#sequence;
    for (const { sequence } of accepted) {
      if (sequence <= last) {
        throw new StoreFailure("JOURNAL_FAILED", `task ${sequence} comes after task ${last}: sequences must rise`);
      }
      last = sequence;
    }
    return last;
  }

  #spill(number: number, { stdout, stderr, value }: StoredResult, spilled: FileReference[]): KeptParts {
    const kept: Record<LargePart, Encoded | undefined> = { stdout, stderr, value };
    const files: Partial<Record<LargePart, FileReference>> = {};
    for (const part of LARGE_PARTS) {
      const content = kept[part];
      if (content === undefined || Buffer.byteLength(content) < this.#parts.spillBytes) continue;
      const reference = this.#parts.files.write(number, part, content);
      spilled.push(reference);
      files[part] = reference;
      kept[part] = undefined;
    }
    return { ...kept, files };
  }
}
