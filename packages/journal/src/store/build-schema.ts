import type { JournaledSession } from "@rhapsody/core";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { writeSession } from "./session-row.ts";
import type { Database } from "./sqlite.ts";
import { inTransaction } from "./transaction.ts";

/** Makes a journal out of a database with nothing in it. */
export function buildSchema(db: Database, session: JournaledSession): void {
  inTransaction(db, () => {
    for (const statement of SCHEMA) db.exec(statement);
    writeSession(db, session);
    db.exec(`PRAGMA application_id=${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version=${SCHEMA_VERSION}`);
  });
}
