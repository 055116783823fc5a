import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Database, DatabaseSync } from "./sqlite.ts";

/** How long SQLite waits in a thread of its own for another program that has the file locked. */
const BUSY_TIMEOUT_MS = 5_000;

/** How a file is opened to be read. */
export interface ReadingOptions {
  /** Only the main file counts, and nothing is made beside it: for files that nobody writes to now. */
  readonly alone?: boolean;
  /** Read what can be read, also of a file that is cut off or has a broken schema. */
  readonly tolerant?: boolean;
}

/** Opens a database to read it. Does not change it; without `alone`, SQLite makes its shared memory beside it. */
export function openForReading(path: string, { alone = false, tolerant = false }: ReadingOptions = {}): Database {
  const url = pathToFileURL(path);
  if (alone) url.searchParams.set("immutable", "1");
  // `defensive` is on by default from Node 25 on, and would forbid to read on in a broken schema.
  const options = { readOnly: true, defensive: false };
  const db = new DatabaseSync(alone ? url : path, options);
  db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  if (tolerant) db.exec("PRAGMA writable_schema=ON");
  return db;
}

/** Opens a journal that nobody writes to now, so that nothing is made beside it unless its log has to be read. */
export function openUnattended(path: string): Database {
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  return openForReading(path, { alone: !hasLog });
}

/** How a file is opened to be written. */
export interface WritingOptions {
  readonly sync: "batch" | "always";
  /** True on a file system over a network. */
  readonly network: boolean;
  readonly busyTimeoutMs?: number;
}

/** Opens a database to write to it, and makes it when there is none. */
export function openForWriting(path: string, options: WritingOptions): Database {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout=${options.busyTimeoutMs ?? BUSY_TIMEOUT_MS}`);
    for (const pragma of modes(options)) db.exec(pragma);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function modes({ sync, network }: WritingOptions): readonly string[] {
  if (network) {
    // Shared memory, which a write-ahead log needs, does not reach across machines. A rollback journal protects from the end of the process without any
    // flush: what was written is the kernel's by then.
    return ["PRAGMA journal_mode=TRUNCATE", `PRAGMA synchronous=${sync === "always" ? "FULL" : "OFF"}`];
  }
  return ["PRAGMA journal_mode=WAL", `PRAGMA synchronous=${sync === "always" ? "FULL" : "NORMAL"}`];
}
