import type { JournaledSession } from "@rhapsody/core";
import { checksumOf } from "./checksum.ts";
import { Query } from "./query.ts";
import { text, read } from "./rows.ts";
import type { Database } from "./sqlite.ts";

/** Writes down whose journal it is. */
export function writeSession(db: Database, { uid, workDir, created }: JournaledSession): void {
  const row = [text(uid) ?? "", text(workDir) ?? "", created];
  db.exec("DELETE FROM session");
  db.prepare("INSERT INTO session VALUES (?, ?, ?, ?)").run(...row, checksumOf(row));
}

/** Whose journal it is; undefined when that cannot be read any more. */
export function readSession(db: Database): JournaledSession | undefined {
  const row = new Query(db, "SELECT uid, work_dir, created, checksum FROM session").first();
  if (row === undefined || checksumOf(row.slice(0, 3)) !== row[3]) return undefined;
  return { uid: read(row[0]), workDir: read(row[1]), created: Number(row[2]) };
}
