import { JournalError } from "../errors/journal-error.ts";
import { messageOf } from "../errors/message-of.ts";
import { RhapsodyError } from "../errors/rhapsody-error.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Conclusion } from "../settle/conclusion.ts";
import { within } from "../timing/within.ts";
import { encodeResult } from "./encode-result.ts";
import type { AcceptedTask, Encoded, Journal, JournalHandle, JournaledSession } from "./journal.ts";
import { openJournal } from "./open-journal.ts";
import { Page } from "./page.ts";

/** How long entries that nobody waits for are gathered, in milliseconds. */
const GATHERING_MS = 50;

/**
 * How long results are gathered while other tasks wait in line, in milliseconds: backends stay busy meanwhile. Written one by one, those of short programs
 * cost several times as much (`pnpm bench --only journal-executables`).
 */
const GATHERING_RESULTS_MS = 20;

/** First and longest pause before a full journal is tried again, in milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Bytes of entries not yet written at which handing over stops, until half of them are written. */
const HIGH_WATER_BYTES = 64 * 1024 * 1024;

/** Life of a session's journal: `stalled` while there is no room to write, `failed` when writing ended for good. */
export type JournalStatus = "open" | "stalled" | "failed";

/** What a logbook is made of. */
export interface LogbookParts {
  readonly journal: string | Journal;
  readonly session: JournaledSession;
  /** Whether tasks wait in line for a backend that has no room. */
  readonly crowded: () => boolean;
  /** Results were written, and can be shown. */
  readonly concluded: (conclusions: readonly Conclusion[]) => void;
  /** Too much is unwritten: hand nothing over until it is false again. */
  readonly held: (held: boolean) => void;
  readonly status: (status: JournalStatus, error?: JournalError) => void;
}

/**
 * Writes a session's journal: one page at a time, while the next one is gathered.
 *
 * Accepted tasks are written at once, and so are results, unless backends have enough to do and no task depends on them; everything else is written along
 * with them, or a little later.
 */
export class Logbook {
  readonly #parts: LogbookParts;
  #opening: Promise<JournalHandle> | undefined;
  #handle: JournalHandle | undefined;
  #page = new Page();
  /** The page being written, and the end of its writing. */
  #writing: Page | undefined;
  #turn: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** For results that wait for more of their kind. */
  #results: ReturnType<typeof setTimeout> | undefined;
  /** True once what nobody waits for was gathered for long enough. */
  #due = false;
  #scheduled = false;
  #held = false;
  #stalled = false;
  #failure: JournalError | undefined;
  readonly #giveUp = Promise.withResolvers<"given up">();
  #givenUp = false;
  /** True once all is to be written, also what nobody waits for. */
  #flushing = false;

  constructor(parts: LogbookParts) {
    this.#parts = parts;
  }

  /** Why nothing can be written any more. */
  get failure(): JournalError | undefined {
    return this.#failure;
  }

  /** Where the journal is, for messages. */
  get location(): string {
    const { journal } = this.#parts;
    return typeof journal === "string" ? journal : journal.location;
  }

  /**
   * Opens the journal, once; a failed opening can be tried again.
   *
   * @throws {@link JournalError} as {@link Journal.create} does, or `JOURNAL_NOT_INSTALLED`.
   */
  async open(): Promise<JournalHandle> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#handle !== undefined) return this.#handle;
    this.#opening ??= this.#create();
    return await this.#opening;
  }

  /**
   * Resolves once accepted tasks are written.
   *
   * @param descriptions - The encoded description of each, `undefined` where the journal has it.
   * @throws {@link JournalError} when they never will be.
   */
  async accept(records: readonly TaskRecord[], descriptions: readonly (Encoded | undefined)[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const tasks = records.flatMap((record, index) => toEntry(record, descriptions[index]) ?? []);
    if (tasks.length === 0) return;
    const page = this.#page;
    page.accept(tasks);
    this.#writeSoon();
    await page.written.promise;
  }

  /** Takes note of a move that is not the last. */
  moved(record: TaskRecord, reason?: string): void {
    this.#page.move(record, reason);
    this.#writeSometime();
  }

  /**
   * Has a result written, and shown once it is.
   *
   * @throws TypeError when it holds a value that cannot be written.
   */
  keep(conclusion: Conclusion): void {
    const { record, result } = conclusion;
    this.#page.end(record.sequence, encodeResult(result, record.plan.work.kind, record.cacheKey));
    this.#page.conclusions.push(conclusion);
    if (record.dependents === undefined && this.#parts.crowded()) return this.#writeShortly();
    this.#page.urgent = true;
    this.#writeSoon();
  }

  /** Takes note of a result that is shown already. */
  note({ record, result }: Conclusion): void {
    this.#page.end(record.sequence, encodeResult(result, record.plan.work.kind));
    this.#writeSometime();
  }

  /** Writes what there is; gives up on a full journal after `patienceMs`. Never rejects. */
  async flush(patienceMs: number): Promise<void> {
    this.#flushing = true;
    this.#writeSoon();
    if ((await within(this.#written(), patienceMs)) === "late") {
      this.#givenUp = true;
      this.#giveUp.resolve("given up");
      await this.#written();
    }
    this.#flushing = false;
  }

  /** Writes what there is, and closes the journal. Never rejects. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.flush(FIRST_PAUSE_MS);
    clearTimeout(this.#timer);
    clearTimeout(this.#results);
    await this.#handle?.close().catch(() => {});
  }

  async #create(): Promise<JournalHandle> {
    try {
      const journal = await openJournal(this.#parts.journal);
      this.#handle = await journal.create(this.#parts.session);
      return this.#handle;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #writeSometime(): void {
    if (this.#timer !== undefined || this.#scheduled) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#due = true;
      this.#writeSoon();
    }, GATHERING_MS);
    // Closing writes what is left; nobody waits for this.
    this.#timer.unref();
  }

  #writeShortly(): void {
    this.#weigh();
    this.#results ??= setTimeout(() => {
      this.#results = undefined;
      this.#due = true;
      this.#writeSoon();
    }, GATHERING_RESULTS_MS);
  }

  #writeSoon(): void {
    this.#weigh();
    if (this.#scheduled || this.#writing !== undefined) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#turn = this.#writeAll();
    });
  }

  /** Resolves when nothing is left to be written. */
  async #written(): Promise<void> {
    do await this.#turn;
    while (this.#scheduled || this.#writing !== undefined);
  }

  async #writeAll(): Promise<void> {
    while (!this.#page.empty && this.#failure === undefined) {
      const page = this.#page;
      this.#page = new Page();
      this.#due = false;
      this.#writing = page;
      try {
        await this.#commit(page);
      } catch (cause) {
        this.#fail(cause, page);
        break;
      }
      this.#writing = undefined;
      this.#weigh();
      page.written.resolve();
      this.#parts.concluded(page.conclusions);
      // What nobody waits for may wait for more of its kind.
      if (!this.#page.urgent && !this.#due && !this.#flushing) break;
    }
    this.#writing = undefined;
  }

  async #commit(page: Page): Promise<void> {
    const handle = await this.open();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await handle.commit(page.toBatch());
        break;
      } catch (error) {
        const known = this.#toError(error);
        if (known.code !== "JOURNAL_FULL" || this.#givenUp) throw known;
        this.#stall(known);
        await within(this.#giveUp.promise, pauseMs);
      }
    }
    this.#stall(undefined);
  }

  #stall(error: JournalError | undefined): void {
    const stalled = error !== undefined;
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.#parts.status(stalled ? "stalled" : "open", error);
    this.#weigh();
  }

  #fail(cause: unknown, page: Page): void {
    const error = this.#toError(cause);
    this.#failure = error;
    page.written.reject(error);
    this.#page.written.reject(error);
    this.#parts.status("failed", error);
  }

  #toError(cause: unknown): JournalError {
    // Same brand and fields, so the same shape, whichever installed copy of this package it comes from.
    if (RhapsodyError.isInstance(cause) && "location" in cause) return cause as JournalError;
    return new JournalError("JOURNAL_FAILED", { location: this.location, message: messageOf(cause), cause });
  }

  #weigh(): void {
    const bytes = this.#page.bytes + (this.#writing?.bytes ?? 0);
    const held = this.#stalled || bytes > (this.#held ? HIGH_WATER_BYTES / 2 : HIGH_WATER_BYTES);
    if (held === this.#held) return;
    this.#held = held;
    this.#parts.held(held);
  }
}

/** `undefined` for a task that the journal has. */
function toEntry({ sequence, uid, submitted }: TaskRecord, description: Encoded | undefined): AcceptedTask | undefined {
  return description === undefined ? undefined : { sequence, uid, submitted, description };
}
