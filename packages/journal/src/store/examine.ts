import type { JournaledSession } from "@rhapsody/core";
import { openForReading, type ReadingOptions } from "./connection.ts";
import { Query } from "./query.ts";
import { SCHEMA } from "./schema.ts";
import { readSession } from "./session-row.ts";
import { TaskFacts } from "./task-facts.ts";
import { wholeCommits } from "./whole-commits.ts";

/** What is left of a journal. */
export interface Examination {
  /** How the file was looked at. */
  readonly view: ReadingOptions;
  readonly session: JournaledSession | undefined;
  /** Whole commits from the first one on. */
  readonly commits: number;
  /** When the last of them was written, in Unix milliseconds. */
  readonly lastAt: number | undefined;
  /** True when nothing else is there, and indices and schema hold too. */
  readonly isIntact: boolean;
  readonly facts: TaskFacts;
}

/** Checks a journal from its beginning to its end. Never throws for what it finds. */
export function examine(path: string, view: ReadingOptions): Examination {
  const facts = new TaskFacts();
  let session: JournaledSession | undefined;
  let commits = 0;
  let lastAt: number | undefined;
  let isIntact = false;
  try {
    const db = openForReading(path, { ...view, tolerant: true });
    try {
      session = readSession(db);
      const walk = wholeCommits(db);
      let step = walk.next();
      for (; step.done !== true; step = walk.next()) {
        commits += 1;
        lastAt = step.value.at;
        facts.add(step.value);
      }
      isIntact = step.value === "end" && session !== undefined;
    } finally {
      db.close();
    }
    isIntact &&= isSound(path, view);
  } catch {
    isIntact = false;
  }
  return { view, session, commits, lastAt, isIntact, facts };
}

/** Whether the schema, the trees and the indices hold, which the walk over the tables does not show. */
function isSound(path: string, view: ReadingOptions): boolean {
  const db = openForReading(path, view);
  try {
    const schema = new Query(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").all();
    const isOurs = schema.length === SCHEMA.length && schema.every(([sql], index) => sql === SCHEMA[index]);
    return isOurs && new Query(db, "PRAGMA integrity_check(1)").first()?.[0] === "ok";
  } finally {
    db.close();
  }
}
