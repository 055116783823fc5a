import type { JournalReader, StoredResult } from "../journal/journal.ts";
import type { Logger } from "../logging/logger.ts";

/** What a {@link ResultSource} is made of. */
export interface ResultSourceParts {
  /** For messages. */
  readonly location: string;
  readonly open: () => Promise<JournalReader>;
  readonly logger: Logger;
}

/** A journal in which results are looked up, opened when it is first needed. That it cannot be read is no reason for a task to fail: it has no results then. */
export class ResultSource {
  readonly #parts: ResultSourceParts;
  #reader: JournalReader | undefined;
  #isBroken = false;

  constructor(parts: ResultSourceParts) {
    this.#parts = parts;
  }

  /** The results under these keys, in order. Never rejects. */
  async cached(keys: readonly string[]): Promise<readonly (StoredResult | undefined)[]> {
    try {
      this.#reader ??= await this.#parts.open();
      const results = await this.#reader.cached(keys);
      this.#isBroken = false;
      return results;
    } catch (error) {
      // Said once, not for each task that looks.
      if (!this.#isBroken) this.warn(error);
      this.#isBroken = true;
      return [];
    }
  }

  warn(error: unknown): void {
    const { logger, location } = this.#parts;
    logger.warn({ error }, `no results can be taken from the journal ${location}: tasks run instead`);
  }

  async close(): Promise<void> {
    await this.#reader?.close().catch(() => {});
  }
}
