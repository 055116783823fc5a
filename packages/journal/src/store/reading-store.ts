import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { JournaledSession, StoredResult, StoredTask, TaskState } from "@rhapsody/core";
import { openForReading } from "./connection.ts";
import { inspectFile } from "./inspect-file.ts";
import { Lookups } from "./lookups.ts";
import { OutputFiles } from "./output-files.ts";
import { Overview, type TaskPage, type TaskSummary } from "./overview.ts";
import { Query } from "./query.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { readSession } from "./session-row.ts";
import { SQLITE, sqliteCode } from "./sqlite-failure.ts";
import type { Database } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";

/** A journal that is open to be read, also while a session writes to it. */
export class ReadingStore {
  readonly session: JournaledSession;
  readonly #opened: OpenedFile;
  readonly #lookups: Lookups;
  readonly #overview: Overview;

  constructor(path: string) {
    const version = inspectFile(path);
    if (version === undefined) throw new StoreFailure("JOURNAL_NOT_FOUND", "there is no journal: check the path");
    if (version < SCHEMA_VERSION) {
      throw new StoreFailure(
        "JOURNAL_VERSION",
        `it has the older format ${version}: resume its session once to renew it`,
      );
    }
    this.#opened = read(() => openFile(path));
    try {
      const { db } = this.#opened;
      const session = readSession(db);
      if (session === undefined) throw new TypeError("it does not say whose session it is");
      this.session = session;
      this.#lookups = new Lookups(db, new OutputFiles(path));
      this.#overview = new Overview(db);
    } catch (cause) {
      this.close();
      throw damaged(cause);
    }
  }

  recall(uids: readonly string[]): readonly (StoredTask | undefined)[] {
    return read(() => this.#lookups.recall(uids));
  }

  cached(keys: readonly string[]): readonly (StoredResult | undefined)[] {
    return read(() => this.#lookups.cached(keys));
  }

  counts(): Readonly<Partial<Record<TaskState, number>>> {
    return read(() => this.#overview.counts());
  }

  tasks(page: TaskPage): readonly TaskSummary[] {
    return read(() => this.#overview.tasks(page));
  }

  close(): void {
    this.#opened.db.close();
    if (this.#opened.copy !== undefined) rmSync(this.#opened.copy, { recursive: true, force: true });
  }
}

/** Does what may come upon a damaged place. */
function read<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw sqliteCode(error) === SQLITE.CORRUPT ? damaged(error) : error;
  }
}

function damaged(cause: unknown): StoreFailure {
  return new StoreFailure("JOURNAL_CORRUPT", "it is damaged: resume its session, which saves what can be read", {
    cause,
  });
}

interface OpenedFile {
  readonly db: Database;
  /** Directory of the copy that is read instead. */
  readonly copy?: string;
}

/** SQLite needs to make its shared memory beside a file with a log. Where it may not, nobody can be writing either: without a log the file is read alone, with one a copy of both. */
function openFile(path: string): OpenedFile {
  try {
    return { db: openAndTry(path, false) };
  } catch (error) {
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return { db: openAndTry(path, true) };
    const copy = mkdtempSync(join(tmpdir(), "rhapsody-journal-"));
    try {
      const file = join(copy, basename(path));
      for (const suffix of ["", "-wal"]) copyFileSync(`${path}${suffix}`, `${file}${suffix}`);
      return { db: openAndTry(file, false), copy };
    } catch {
      rmSync(copy, { recursive: true, force: true });
      throw new StoreFailure("JOURNAL_CORRUPT", "it cannot be read: resume its session, which saves what can be", {
        cause: error,
      });
    }
  }
}

function openAndTry(path: string, alone: boolean): Database {
  const db = openForReading(path, { alone });
  try {
    new Query(db, "SELECT 1 FROM session").first();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
