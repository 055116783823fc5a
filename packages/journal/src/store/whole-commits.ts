import { Checksum } from "./checksum.ts";
import { Query, type Row } from "./query.ts";
import { selectAll } from "./schema.ts";
import type { Database } from "./sqlite.ts";

/** All that one commit wrote. */
export interface CommitRows {
  readonly number: number;
  /** When it was written, in Unix milliseconds. */
  readonly at: number;
  readonly commit: Row;
  readonly tasks: readonly Row[];
  readonly changes: readonly Row[];
  readonly results: readonly Row[];
}

/** How a walk over the commits ended: at the end of the journal, or before something that is damaged. */
export type WalkEnd = "end" | "damage";

/** Walks over the commits of a journal, from the first to the last one that is whole. */
export function* wholeCommits(db: Database): Generator<CommitRows, WalkEnd> {
  const walk = {
    commits: all(db, "commits"),
    tasks: all(db, "tasks"),
    changes: all(db, "changes"),
    results: all(db, "results"),
  };
  try {
    for (let number = 1; ; number += 1) {
      const next = readNext(walk, number);
      if (typeof next === "string") return next;
      yield next;
    }
  } finally {
    // A walk that is left holds the database's pages no longer.
    for (const rows of Object.values(walk)) rows.return(undefined);
  }
}

type Rows = Generator<Row, undefined>;
type Walk = Readonly<Record<"commits" | "tasks" | "changes" | "results", Rows>>;

function* all(db: Database, table: keyof Walk): Rows {
  // Prepared at the first row: of a damaged file not even that may succeed.
  yield* new Query(db, selectAll(table)).each();
}

function readNext(walk: Walk, number: number): CommitRows | WalkEnd {
  try {
    const commit = walk.commits.next().value;
    if (commit === undefined) return isAtEnd(walk) ? "end" : "damage";
    const [, at, tasks, changes, results, checksum] = commit as readonly number[];
    const rows = {
      tasks: take(walk.tasks, tasks),
      changes: take(walk.changes, changes),
      results: take(walk.results, results),
    };
    const isWhole = commit[0] === number && checksum === checksumOfCommit(commit, rows);
    return isWhole ? { number, at: Number(at), commit, ...rows } : "damage";
  } catch {
    // SQLite found the file malformed.
    return "damage";
  }
}

function isAtEnd({ tasks, changes, results }: Walk): boolean {
  return [tasks, changes, results].every((rows) => rows.next().done === true);
}

function take(rows: Rows, count: number | undefined): readonly Row[] {
  const taken: Row[] = [];
  while (taken.length < Number(count)) {
    const { value } = rows.next();
    if (value === undefined) break;
    taken.push(value);
  }
  return taken;
}

/** The checksum of a commit: its own row without the checksum, and all rows that it wrote. */
export function checksumOfCommit(commit: Row, rows: Pick<CommitRows, "tasks" | "changes" | "results">): number {
  const checksum = new Checksum();
  checksum.add(commit.slice(0, 5));
  for (const row of rows.tasks) checksum.add(row);
  for (const row of rows.changes) checksum.add(row);
  for (const row of rows.results) checksum.add(row);
  return checksum.value;
}
