import { existsSync } from "node:fs";
import type { JournaledSession, ResumedTask } from "@rhapsody/core";
import { openForWriting, type WritingOptions } from "./connection.ts";
import { inspectFile } from "./inspect-file.ts";
import { migrate } from "./migrate.ts";
import { isOnNetwork } from "./network-file-system.ts";
import { clearOrphans } from "./orphans.ts";
import { OutputFiles } from "./output-files.ts";
import { recoverJournal } from "./recover-journal.ts";
import { finishInterruptedRescue, rescuedPath } from "./rescue.ts";
import { resumedTasks } from "./resumed-tasks.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { StoreFailure } from "./store-failure.ts";
import type { StoreOptions } from "./store-options.ts";
import { withLock } from "./with-lock.ts";
import type { WriterLock } from "./writer-lock.ts";
import { WritingStore } from "./writing-store.ts";

/** A journal that goes on. */
export interface Resumption {
  readonly store: WritingStore;
  readonly session: JournaledSession;
  readonly tasks: readonly ResumedTask[];
  readonly dropped: readonly string[];
}

/** Goes on with the journal of a session. */
export function resumeStore(options: StoreOptions): Resumption {
  const { path } = options;
  if (!existsSync(path) && !existsSync(rescuedPath(path))) throw notFound();
  return withLock(path, (lock) => resumeLocked(options, lock));
}

function resumeLocked(options: StoreOptions, lock: WriterLock): Resumption {
  const { path, sync } = options;
  const writing: WritingOptions = { sync, network: isOnNetwork(path) };
  finishInterruptedRescue(path);
  const version = inspectFile(path);
  if (version === undefined) throw notFound();
  if (version < SCHEMA_VERSION) migrateFile(path, writing);
  const { examination, dropped, damaged } = recoverJournal(path, writing);
  const { session, facts } = examination;
  if (session === undefined) throw new StoreFailure("JOURNAL_CORRUPT", "it does not say whose session it is");
  lock.name(session.uid);
  clearOrphans({ path, referenced: facts.files, damaged });
  const db = openForWriting(path, writing);
  try {
    const resumed = resumedTasks(db, facts, new OutputFiles(path));
    const store = new WritingStore(options, { db, lock });
    return { store, session, tasks: resumed.tasks, dropped: [...dropped, ...resumed.dropped] };
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrateFile(path: string, writing: WritingOptions): void {
  const db = openForWriting(path, writing);
  try {
    migrate(db);
  } finally {
    db.close();
  }
}

function notFound(): StoreFailure {
  return new StoreFailure(
    "JOURNAL_NOT_FOUND",
    "there is no session to go on with: check the path, or resume with create: true to begin one",
  );
}
