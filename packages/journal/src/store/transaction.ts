import type { Database } from "./sqlite.ts";

/** Does something to a database whole or, when it throws, not at all. */
export function inTransaction(db: Database, action: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    action();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
