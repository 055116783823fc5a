import { statSync } from "node:fs";
import { openForReading } from "./connection.ts";
import { Query } from "./query.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
import { SQLITE, sqliteCode } from "./sqlite-failure.ts";
import { StoreFailure } from "./store-failure.ts";
import { readWal } from "./wal.ts";

/** Offsets in the first page of a database; sqlite.org/fileformat2.html, section 1.3. */
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/**
 * Looks at a file without leaving a trace: the version of the journal that it holds, or undefined when there is none yet.
 *
 * @throws StoreFailure `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
 */
export function inspectFile(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new StoreFailure("JOURNAL_INVALID", "this is no file: name one");
  const wal = readWal(`${path}-wal`);
  if (stats.size === 0) {
    if (wal?.firstPage === undefined) return undefined;
    throw new StoreFailure(
      "JOURNAL_CORRUPT",
      `the file is empty, though ${path}-wal holds what was written to it last`,
    );
  }
  const { application, version, isBare } = wal?.firstPage === undefined ? headerOf(path) : pageOf(wal.firstPage);
  if (isBare) return undefined;
  if (application !== APPLICATION_ID || version < 1) {
    throw new StoreFailure("JOURNAL_INVALID", "the file is no journal but something else: name another one");
  }
  if (version <= SCHEMA_VERSION) return version;
  const message = `the journal has format ${version}, and this package knows formats up to ${SCHEMA_VERSION}: update @rhapsody/journal`;
  throw new StoreFailure("JOURNAL_VERSION", message);
}

interface Header {
  readonly application: number;
  readonly version: number;
  /** True for a database without anything in it: one that was about to become a journal. */
  readonly isBare: boolean;
}

function headerOf(path: string): Header {
  try {
    const db = openForReading(path, { alone: true, tolerant: true });
    try {
      const read = (sql: string): number => Number(new Query(db, sql).first()?.[0]);
      const application = read("PRAGMA application_id");
      const version = read("PRAGMA user_version");
      const isBare = application === 0 && version === 0 && read("SELECT count(*) FROM sqlite_schema") === 0;
      return { application, version, isBare };
    } finally {
      db.close();
    }
  } catch (cause) {
    if (sqliteCode(cause) === SQLITE.CANTOPEN) {
      throw new StoreFailure("JOURNAL_INVALID", "it cannot be read: change its permissions, or name another file", {
        cause,
      });
    }
    throw new StoreFailure("JOURNAL_INVALID", "the file is no journal but something else: name another one", { cause });
  }
}

function pageOf(page: Uint8Array): Header {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  return {
    application: view.getInt32(APPLICATION_ID_OFFSET),
    version: view.getInt32(USER_VERSION_OFFSET),
    isBare: false,
  };
}
