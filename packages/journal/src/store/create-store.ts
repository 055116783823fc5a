import type { JournaledSession } from "@rhapsody/core";
import { buildSchema } from "./build-schema.ts";
import { openForWriting, openUnattended } from "./connection.ts";
import { inspectFile } from "./inspect-file.ts";
import { isOnNetwork } from "./network-file-system.ts";
import { Query } from "./query.ts";
import { writeSession } from "./session-row.ts";
import type { Database } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";
import type { StoreOptions } from "./store-options.ts";
import { inTransaction } from "./transaction.ts";
import { withLock } from "./with-lock.ts";
import { WritingStore } from "./writing-store.ts";

/** Begins a journal for a session. */
export function createStore(options: StoreOptions, session: JournaledSession): WritingStore {
  const { path, sync } = options;
  return withLock(path, (lock) => {
    lock.name(session.uid);
    const version = inspectFile(path);
    if (version !== undefined) refuseIfUsed(path);
    const db = openForWriting(path, { sync, network: isOnNetwork(path) });
    try {
      begin(db, session, version === undefined);
      return new WritingStore(options, { db, lock });
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

function begin(db: Database, session: JournaledSession, isNew: boolean): void {
  if (isNew) buildSchema(db, session);
  else inTransaction(db, () => writeSession(db, session));
  // So that the file says what it is, whatever becomes of the log beside it.
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

function refuseIfUsed(path: string): void {
  if (!hasTasks(path)) return;
  const message = `it holds a session already: go on with that by Session.resume(${JSON.stringify(path)}, …), or name another file`;
  throw new StoreFailure("JOURNAL_NOT_EMPTY", message);
}

function hasTasks(path: string): boolean {
  try {
    const db = openUnattended(path);
    try {
      return new Query(db, "SELECT 1 FROM commits LIMIT 1").first() !== undefined;
    } finally {
      db.close();
    }
  } catch (cause) {
    const message = `it is damaged: Session.resume(${JSON.stringify(path)}, …) saves what can be read of it, or name another file`;
    throw new StoreFailure("JOURNAL_CORRUPT", message, { cause });
  }
}
