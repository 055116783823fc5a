import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { StoreFailure } from "./store-failure.ts";

/** Result codes of SQLite; sqlite.org/rescode.html. */
export const SQLITE = {
  ERROR: 1,
  BUSY: 5,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

/** The primary result code of an error that SQLite threw; undefined for others. */
export function sqliteCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "errcode") : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}

const PROBE_BYTES = 65_536;
const PROBE: Buffer = Buffer.alloc(PROBE_BYTES);

/** What a failed write comes to: something that passes, or the end. */
export function toWriteFailure(error: unknown, path: string): StoreFailure {
  if (error instanceof StoreFailure) return error;
  const how = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  if (code === SQLITE.BUSY) {
    return new StoreFailure("JOURNAL_FULL", `another program keeps the file locked (${how})`, { cause: error });
  }
  if (code === SQLITE.FULL || isNoRoom(error) || (code === SQLITE.IOERR && hasNoRoom(path))) {
    return new StoreFailure("JOURNAL_FULL", `there is no room left (${how}): free some`, { cause: error });
  }
  return new StoreFailure("JOURNAL_FAILED", `writing failed: ${how}`, { cause: error });
}

function isNoRoom(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/** SQLite does not tell an exhausted quota, or a limit on the size of files, from a broken disk; writing something ourselves does. */
function hasNoRoom(path: string): boolean {
  const probe = `${path}-probe`;
  const longest = Math.max(sizeOf(path), sizeOf(`${path}-wal`));
  try {
    const descriptor = openSync(probe, "w");
    try {
      // What fits is written without a word; only what no longer does fails.
      for (let at = 0; at < PROBE_BYTES;) at += writeSync(descriptor, PROBE, 0, PROBE_BYTES - at, longest + at);
    } finally {
      closeSync(descriptor);
    }
    return false;
  } catch (error) {
    return isNoRoom(error);
  } finally {
    rmSync(probe, { force: true });
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
