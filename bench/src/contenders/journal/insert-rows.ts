import { DatabaseSync } from "node:sqlite";
import { measureRate, readSettings } from "../contender.ts";
import { readRows } from "./rows.ts";
import { writeJournal } from "./write-journal.ts";

/** Rows of a transaction. */
const BATCH = 1_000;

await writeJournal("journal.db", readSettings().tasks, "done");
const { schema, tables } = readRows("journal.db");

/** The least that it costs to keep tasks in SQLite: the rows that a journal has in the end, inserted by the main thread. */
function insertRows(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  for (const statement of schema) db.exec(statement);
  for (const [table, rows] of tables) {
    if (rows[0] === undefined) continue;
    const insert = db.prepare(`INSERT INTO ${table} VALUES (${rows[0].map(() => "?").join(", ")})`);
    for (let start = 0; start < rows.length; start += BATCH) {
      db.exec("BEGIN IMMEDIATE");
      for (const row of rows.slice(start, start + BATCH)) insert.run(...row);
      db.exec("COMMIT");
    }
  }
  // Not closed: that would empty the log into the file, which is not on the session's clock either.
}

let runs = 0;
await measureRate(async () => insertRows(`bare-${runs++}.db`));
