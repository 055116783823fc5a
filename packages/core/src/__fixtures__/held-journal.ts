import { JournalError } from "../errors/journal-error.ts";
import type { JournalBatch } from "../journal/journal.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";

/** How a {@link HeldJournal} behaves. */
export interface HeldJournalOptions {
  /** Whether commits wait for the test's answer. */
  readonly held: boolean;
  readonly written: (batch: JournalBatch) => void;
  /** The journal of a process that died, of which this one has what was written by then. */
  readonly former?: HeldJournal | undefined;
}

/** A journal in memory that writes when, and if, a test wants. */
export class HeldJournal {
  readonly memory: MemoryJournal;
  readonly #options: HeldJournalOptions;
  readonly #commits: PromiseWithResolvers<void>[] = [];

  constructor(options: HeldJournalOptions) {
    const onCommit = async (batch: JournalBatch): Promise<void> => await this.#commit(batch);
    this.memory = options.former?.memory.copy({ onCommit }) ?? new MemoryJournal({ onCommit });
    this.#options = options;
  }

  /** Commits that wait. */
  get waiting(): number {
    return this.#commits.length;
  }

  hasTask(uid: string): boolean {
    return this.memory.tasks.some((task) => task.uid === uid);
  }

  isDone(uid: string): boolean {
    return this.memory.resultOf(uid)?.state === "DONE";
  }

  answer(how: "ok" | "full" | "failed"): void {
    const commit = this.#commits.shift();
    if (how === "ok") return commit?.resolve();
    const code = how === "full" ? "JOURNAL_FULL" : "JOURNAL_FAILED";
    commit?.reject(new JournalError(code, { location: this.memory.location, message: how }));
  }

  async #commit(batch: JournalBatch): Promise<void> {
    const { held, written } = this.#options;
    if (held) {
      const commit = Promise.withResolvers<void>();
      this.#commits.push(commit);
      await commit.promise;
    }
    written(batch);
  }
}
