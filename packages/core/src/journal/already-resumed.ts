import { dirname } from "node:path";
import type { Journal, JournalHandle, JournalReader, ResumedJournal } from "./journal.ts";

/** A journal that is open already, as a session takes it that goes on with it. */
export class AlreadyResumed implements Journal {
  readonly contract = "journal/1" as const;
  readonly location: string;
  /** Where the session made its directory before. */
  readonly directory: string;
  readonly #journal: Journal;
  readonly #resumed: ResumedJournal;

  constructor(journal: Journal, resumed: ResumedJournal) {
    this.location = journal.location;
    this.directory = dirname(resumed.session.workDir);
    this.#journal = journal;
    this.#resumed = resumed;
  }

  async create(): Promise<JournalHandle> {
    return this.#resumed.handle;
  }

  async resume(): Promise<ResumedJournal> {
    return this.#resumed;
  }

  async read(): Promise<JournalReader> {
    return await this.#journal.read();
  }
}
