import { Query } from "./query.ts";
import type { Database } from "./sqlite.ts";
import { inTransaction } from "./transaction.ts";

/** Turns a journal of one version into one of the next. */
export type Migration = (db: Database) => void;

/** The first one leads from version 1 to version 2, and so on. */
const MIGRATIONS: readonly Migration[] = [];

/** Brings a journal to the newest version, in one transaction. */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const version = Number(new Query(db, "PRAGMA user_version").first()?.[0]);
  const steps = migrations.slice(version - 1);
  if (steps.length === 0) return;
  inTransaction(db, () => {
    for (const step of steps) step(db);
    db.exec(`PRAGMA user_version=${version + steps.length}`);
  });
}
