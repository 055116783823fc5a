import { existsSync, fsyncSync, closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { buildSchema } from "./build-schema.ts";
import { openForReading } from "./connection.ts";
import type { Examination } from "./examine.ts";
import { flushDirectory } from "./output-files.ts";
import { insertInto } from "./schema.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";
import { inTransaction } from "./transaction.ts";
import { wholeCommits } from "./whole-commits.ts";

/** Writes the whole commits of a damaged journal to a new file, puts that in its place, and returns where the damaged one lies now. */
export function rescue(path: string, { view, session, commits }: Examination): string {
  if (session === undefined) throw new StoreFailure("JOURNAL_CORRUPT", "its beginning cannot be read any more");
  const unfinished = `${path}.rescued-part`;
  for (const file of [unfinished, `${unfinished}-journal`]) rmSync(file, { force: true });
  const target = new DatabaseSync(unfinished);
  const source = openForReading(path, { ...view, tolerant: true });
  try {
    buildSchema(target, session);
    copyCommits(source, target, commits);
  } finally {
    source.close();
    target.close();
  }
  flushFile(unfinished);
  // From here on it is decided: an end of the process leaves work that `finishRescue` goes on with.
  renameSync(unfinished, rescuedPath(path));
  return finishRescue(path);
}

/** Goes on with a rescue that the end of its process interrupted. */
export function finishInterruptedRescue(path: string): void {
  if (existsSync(rescuedPath(path))) finishRescue(path);
}

function finishRescue(path: string): string {
  const damaged = freeDamagedPath(path);
  // Its log must not come to lie beside the new file, of which SQLite would take it to be the log.
  for (const suffix of ["-wal", "-journal", ""]) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${damaged}${suffix}`);
  }
  rmSync(`${path}-shm`, { force: true });
  renameSync(rescuedPath(path), path);
  flushDirectory(dirname(path));
  return damaged;
}

/** The first name for a damaged file that is not taken. */
export function freeDamagedPath(path: string): string {
  for (let number = 1; ; number += 1) {
    const damaged = `${path}.damaged-${number}`;
    if (!existsSync(damaged)) return damaged;
  }
}

/** Where the new file lies while it takes the damaged one's place. */
export function rescuedPath(path: string): string {
  return `${path}.rescued`;
}

function copyCommits(source: Database, target: Database, commits: number): void {
  const tables = ["tasks", "changes", "results"] as const;
  const insert = {
    tasks: target.prepare(insertInto("tasks")),
    changes: target.prepare(insertInto("changes")),
    results: target.prepare(insertInto("results")),
  };
  const insertCommit = target.prepare(insertInto("commits"));
  inTransaction(target, () => {
    for (const rows of wholeCommits(source)) {
      if (rows.number > commits) break;
      for (const table of tables) for (const row of rows[table]) insert[table].run(...row);
      insertCommit.run(...rows.commit);
    }
  });
}

function flushFile(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
