import { JournalError } from "../errors/journal-error.ts";
import type {
  AcceptedTask,
  Journal,
  JournalBatch,
  JournaledSession,
  JournalHandle,
  JournalReader,
  ResumedJournal,
  ResumedTask,
  StateChange,
  StoredResult,
  StoredTask,
} from "../journal/journal.ts";

/** How a {@link MemoryJournal} answers commits. */
export interface MemoryJournalOptions {
  /** Called with each batch; it is written once what this returns resolves, and is not when it rejects. @defaultValue written at once */
  readonly onCommit?: ((batch: JournalBatch) => Promise<void> | void) | undefined;
}

/**
 * A journal in memory, for tests: of what a session writes, and of what it does when writing takes its time or fails.
 *
 * What was written outlives the session that wrote it, as with a file: {@link MemoryJournal.resume} goes on with it, and {@link MemoryJournal.copy} has it
 * as it would be found had the process died at that instant.
 */
export class MemoryJournal implements Journal {
  readonly contract = "journal/1" as const;
  readonly location: string;
  /** All batches written so far, in order. */
  readonly batches: JournalBatch[] = [];
  readonly #options: MemoryJournalOptions;
  #session: JournaledSession | undefined;
  #inUse = false;

  constructor(options: MemoryJournalOptions = {}, location = "memory") {
    this.#options = options;
    this.location = location;
  }

  /** The tasks that were accepted, in order. */
  get tasks(): readonly AcceptedTask[] {
    return this.batches.flatMap(({ accepted }) => accepted);
  }

  /** A journal that has what is written in this one now, and that nobody uses. */
  copy(options: MemoryJournalOptions = this.#options): MemoryJournal {
    const copy = new MemoryJournal(options, this.location);
    copy.batches.push(...this.batches);
    copy.#session = this.#session;
    return copy;
  }

  /** The result written last for a task; `undefined` while there is none. */
  resultOf(uid: string): StoredResult | undefined {
    const sequence = this.tasks.find((task) => task.uid === uid)?.sequence;
    const results = this.batches.flatMap(({ results: endings }) => endings);
    return results.findLast((ending) => ending.sequence === sequence)?.result;
  }

  async create(session: JournaledSession): Promise<JournalHandle> {
    if (this.tasks.length > 0) throw this.#error("JOURNAL_NOT_EMPTY", "has tasks of another session");
    this.#session = session;
    return this.#open();
  }

  async resume(): Promise<ResumedJournal> {
    const session = this.#session;
    if (session === undefined) throw this.#error("JOURNAL_NOT_FOUND", "has no session");
    return { session, handle: this.#open(), tasks: this.tasks.map((task) => this.#resumed(task)), dropped: [] };
  }

  async read(): Promise<JournalReader> {
    return { cached: async (keys) => this.#cached(keys), close: async () => {} };
  }

  #open(): JournalHandle {
    if (this.#inUse) throw this.#error("JOURNAL_IN_USE", "another session writes to it");
    this.#inUse = true;
    return {
      commit: async (batch) => {
        await this.#options.onCommit?.(batch);
        this.batches.push(batch);
      },
      recall: async (uids) => uids.map((uid) => this.#stored(uid)),
      cached: async (keys) => this.#cached(keys),
      close: async () => void (this.#inUse = false),
    };
  }

  #resumed({ sequence, uid, submitted, description }: AcceptedTask): ResumedTask {
    const done = this.resultOf(uid)?.state === "DONE";
    const attempt = Math.max(
      0,
      this.resultOf(uid)?.attempts ?? 0,
      ...this.#changesOf(sequence).map((change) => change.attempt),
    );
    return { sequence, uid, submitted, done, attempt, ...(!done && { description }) };
  }

  #changesOf(sequence: number): readonly StateChange[] {
    return this.batches.flatMap(({ changes }) => changes.filter((change) => change.sequence === sequence));
  }

  #stored(uid: string): StoredTask | undefined {
    const task = this.tasks.find((accepted) => accepted.uid === uid);
    const result = this.resultOf(uid);
    return task === undefined ? undefined : { ...task, ...(result !== undefined && { result }) };
  }

  #cached(keys: readonly string[]): readonly (StoredResult | undefined)[] {
    const results = this.batches.flatMap(({ results: endings }) => endings.map(({ result }) => result));
    return keys.map((key) => results.findLast(({ state, cacheKey }) => state === "DONE" && cacheKey === key));
  }

  #error(code: "JOURNAL_IN_USE" | "JOURNAL_NOT_EMPTY" | "JOURNAL_NOT_FOUND", message: string): JournalError {
    return new JournalError(code, { location: this.location, message });
  }
}
