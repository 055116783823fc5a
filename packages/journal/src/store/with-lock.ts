import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { sqliteCode, toWriteFailure } from "./sqlite-failure.ts";
import { StoreFailure } from "./store-failure.ts";
import { WriterLock } from "./writer-lock.ts";

/** Opens something with the right to write to a journal, which it keeps; when it throws, the right is given back. */
export function withLock<T>(path: string, open: (lock: WriterLock) => T): T {
  refuseUnwritable(path);
  let lock: WriterLock | undefined;
  try {
    lock = WriterLock.acquire(path);
    return open(lock);
  } catch (error) {
    lock?.release();
    throw toOpenFailure(error, path);
  }
}

function refuseUnwritable(path: string): void {
  const directory = dirname(path);
  const parent = statSync(directory, { throwIfNoEntry: false });
  if (parent?.isDirectory() !== true) throw unwritable(`there is no directory ${directory}: make it first`);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile())
    throw unwritable("this is no file that can be written to: name another one");
  for (const place of stats === undefined ? [directory] : [path, directory]) {
    try {
      accessSync(place, constants.W_OK);
    } catch (cause) {
      throw unwritable(`${place} cannot be written to: change its permissions, or name another file`, cause);
    }
  }
}

/** What is left to go wrong is that SQLite cannot make, lock or write its files. */
function toOpenFailure(error: unknown, path: string): unknown {
  if (error instanceof StoreFailure || (sqliteCode(error) === undefined && !isSystemError(error))) return error;
  const passing = toWriteFailure(error, path);
  if (passing.code === "JOURNAL_FULL") return unwritable(passing.message, error);
  const how = error instanceof Error ? error.message : String(error);
  return unwritable(`it cannot be opened for writing (${how}): name another file`, error);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unwritable(message: string, cause?: unknown): StoreFailure {
  return new StoreFailure("JOURNAL_UNWRITABLE", message, { cause });
}
