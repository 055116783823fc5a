import { resolve } from "node:path";
import {
  type Journal,
  type JournaledSession,
  type JournalHandle,
  type JournalReader,
  OptionsError,
  type ResumedJournal,
} from "@rhapsody/core";
import type { StoreOptions } from "../store/store-options.ts";
import { StoreThread } from "../workers/store-thread.ts";
import { OpenedJournal } from "./opened-journal.ts";

/** Options of {@link SqliteJournal}. */
export interface SqliteJournalOptions {
  /**
   * What a commit survives: `"batch"`, the end of the process, however it comes; `"always"`, also a loss of power, for a flush of the disk at each commit.
   * @defaultValue `"batch"`
   */
  readonly sync?: "batch" | "always" | undefined;
  /** Outputs and values of at least so many bytes lie in files of their own, in the directory `<path>-files`; at least 1. @defaultValue 65,536 */
  readonly spillBytes?: number | undefined;
}

const DEFAULT_SPILL_BYTES = 65_536;

/**
 * A session's journal in a SQLite file.
 *
 * Building one touches nothing; a session opens it. One session writes to it at a time; any number of processes read it meanwhile.
 *
 * ```ts no-run
 * import { Session } from "@rhapsody/core";
 * import { SqliteJournal } from "@rhapsody/journal";
 *
 * await using session = new Session({ journal: new SqliteJournal("run.db", { sync: "always" }) });
 * ```
 */
export class SqliteJournal implements Journal {
  readonly contract = "journal/1";
  /** Absolute path of the file. */
  readonly location: string;
  readonly #options: StoreOptions;

  /**
   * @param path - Where the file is or will be; the directory must be there. Relative to the current directory.
   * @throws OptionsError `INVALID_OPTIONS`.
   */
  constructor(path: string, { sync = "batch", spillBytes = DEFAULT_SPILL_BYTES }: SqliteJournalOptions = {}) {
    if (typeof path !== "string" || path === "" || path.includes("\0")) {
      throw new OptionsError("[journal] path: give the path of a file");
    }
    if (sync !== "batch" && sync !== "always") throw new OptionsError(`[journal] sync: give "batch" or "always"`);
    if (!Number.isSafeInteger(spillBytes) || spillBytes < 1) {
      throw new OptionsError("[journal] spillBytes: give a whole number of bytes, at least 1");
    }
    this.location = resolve(path);
    this.#options = { path: this.location, sync, spillBytes };
  }

  /**
   * Begins a new session in the file, which is made when there is none.
   *
   * @throws JournalError `JOURNAL_NOT_EMPTY`, `JOURNAL_IN_USE`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`, `JOURNAL_UNWRITABLE`; nothing was changed.
   */
  async create(session: JournaledSession): Promise<JournalHandle> {
    const place = { options: this.#options, session };
    const [thread] = await StoreThread.open(this.location, (opening) => opening.ask("create", place));
    return new OpenedJournal(thread);
  }

  /**
   * Goes on with the session in the file. A damaged file gives place to a new one with all of its whole commits, and is kept beside it.
   *
   * @throws JournalError `JOURNAL_NOT_FOUND`, `JOURNAL_IN_USE`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`, `JOURNAL_UNWRITABLE`; nothing was changed.
   */
  async resume(): Promise<ResumedJournal> {
    const [thread, found] = await StoreThread.open(this.location, (opening) => opening.ask("resume", this.#options));
    return { ...found, handle: new OpenedJournal(thread) };
  }

  /**
   * Opens the file to look results up by their cache key; its session may run meanwhile.
   *
   * @throws JournalError `JOURNAL_NOT_FOUND`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
   */
  async read(): Promise<JournalReader> {
    const [thread] = await StoreThread.open(this.location, (opening) => opening.ask("read", this.location));
    return new OpenedJournal(thread);
  }
}

/** The journal at a path, with the defaults; what a session calls that was given a path. */
export function createJournal(path: string): SqliteJournal {
  return new SqliteJournal(path);
}
