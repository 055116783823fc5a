import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { openForReading } from "./connection.ts";
import { Query } from "./query.ts";
import { SQLITE, sqliteCode } from "./sqlite-failure.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";

/** Where the lock of a journal lies. */
function lockPath(path: string): string {
  return `${path}-lock`;
}

/** Sessions that may begin and end on a journal while one tries to get its lock. */
const MAX_TRIES = 100;

/**
 * The right to write to a journal.
 *
 * It is the exclusive lock of SQLite on a small file of its own, so it ends with the process however that ends, holds between processes and between
 * sessions of one process, and leaves the journal itself to readers.
 */
export class WriterLock {
  readonly #path: string;
  readonly #db: Database;

  private constructor(path: string, db: Database) {
    this.#path = path;
    this.#db = db;
  }

  /** @throws StoreFailure `JOURNAL_IN_USE`, which names who has it. */
  static acquire(journal: string): WriterLock {
    const path = lockPath(journal);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const token = randomUUID();
      const lock = new WriterLock(path, lockFile(path, token));
      // Its last owner may have removed the file between our opening it and our locking it: then it is no longer the one that others find.
      if (holderOf(path)?.token === token) return lock;
      lock.#db.close();
    }
    throw new StoreFailure("JOURNAL_UNWRITABLE", `its lock ${path} cannot be held: name a file on another file system`);
  }

  /** Says for which session it is held. */
  name(session: string): void {
    this.#db.prepare("UPDATE holder SET session = ?").run(session);
  }

  release(): void {
    // First the file, then the lock: who has opened it meanwhile notices.
    rmSync(this.#path, { force: true });
    this.#db.close();
  }
}

function lockFile(path: string, token: string): Database {
  const db = new DatabaseSync(path);
  try {
    // The lock outlives the transaction, so that others can read who holds it. Nothing is lost with this file, so nothing is flushed.
    db.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
    db.exec("CREATE TABLE IF NOT EXISTS holder (token TEXT, session TEXT, pid INTEGER, host TEXT); DELETE FROM holder");
    db.prepare("INSERT INTO holder VALUES (?, NULL, ?, ?)").run(token, process.pid, hostname());
    db.exec("COMMIT");
    return db;
  } catch (error) {
    db.close();
    if (sqliteCode(error) === SQLITE.BUSY) throw inUse(path, error);
    throw error;
  }
}

function inUse(path: string, cause: unknown): StoreFailure {
  const holder = holderOf(path);
  const who = holder === undefined ? "another session" : describe(holder);
  return new StoreFailure("JOURNAL_IN_USE", `${who} writes to it: wait until that has ended, or name another file`, {
    cause,
  });
}

interface Holder {
  readonly token: string;
  readonly session: string | null;
  readonly pid: number;
  readonly host: string;
}

function describe({ session, pid, host }: Holder): string {
  return `${session === null ? "a session" : `session ${session}`} of process ${pid} on ${host}`;
}

function holderOf(path: string): Holder | undefined {
  try {
    const db = openForReading(path, { alone: true });
    try {
      const row = new Query(db, "SELECT token, session, pid, host FROM holder").first();
      // What `lockFile` wrote.
      return row === undefined
        ? undefined
        : { token: String(row[0]), session: row[1] as string | null, pid: Number(row[2]), host: String(row[3]) };
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}
