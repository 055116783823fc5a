import type * as Sqlite from "node:sqlite";

/** SQLite as Node brings it. Node 22 warns at the first load that it may change; users of a journal cannot do anything about that. */
export const DatabaseSync: typeof Sqlite.DatabaseSync = loadQuietly().DatabaseSync;

export type Database = Sqlite.DatabaseSync;

function loadQuietly(): typeof Sqlite {
  const emitWarning = Object.getOwnPropertyDescriptor(process, "emitWarning");
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, "emitWarning", emitWarning);
  }
}
