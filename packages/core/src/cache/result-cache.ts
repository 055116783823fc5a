import { access } from "node:fs/promises";
import type { TaskOutcome } from "../backend/task-update.ts";
import { Fifo } from "../dispatch/fifo.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { decodeResult } from "../journal/encode-result.ts";
import type { Journal, JournalReader, StoredResult } from "../journal/journal.ts";
import type { Logbook } from "../journal/logbook.ts";
import { openJournal } from "../journal/open-journal.ts";
import type { Logger } from "../logging/logger.ts";
import { within } from "../timing/within.ts";
import { CacheKeys } from "./cache-keys.ts";
import type { PlannedCache } from "./cache-schema.ts";
import { ContentHashes } from "./content-hashes.ts";
import { ResultSource } from "./result-source.ts";

/** Most records looked up together: that many results are in memory before they are written. */
const BATCH = 256;

/** What a {@link ResultCache} is made of. */
export interface ResultCacheParts {
  /** The session's own journal, where results are looked up first. */
  readonly logbook: Logbook;
  /** Journals of other sessions, in which they are looked up next, in this order. */
  readonly reuse: readonly (string | Journal)[];
  readonly logger: Logger;
  /** `PATH` of this process. */
  readonly searchPath: string | undefined;
  readonly after: AfterLookup;
}

/** What comes after a lookup. A record that settled meanwhile is not heard of again. */
export interface AfterLookup {
  /** There is a result. */
  readonly hit: (record: TaskRecord, outcome: TaskOutcome) => void;
  /** There is none: the record is to run. */
  readonly miss: (record: TaskRecord) => void;
  /** What the record is given cannot be read. */
  readonly failed: (record: TaskRecord, cause: unknown) => void;
  /** No more for now. */
  readonly told: () => void;
}

/** Finds the results of records that are the same as others which were done before, in this session or another. */
export class ResultCache {
  readonly #after: AfterLookup;
  readonly #sources: readonly ResultSource[];
  readonly #closing = new AbortController();
  readonly #keys: CacheKeys;
  readonly #waiting = new Fifo<TaskRecord>();
  #turn: Promise<void> | undefined;

  constructor({ logbook, reuse, logger, searchPath, after }: ResultCacheParts) {
    this.#after = after;
    const { location } = logbook;
    const own = new ResultSource({ location, logger, open: async () => borrowed(await logbook.open()) });
    this.#sources = [own, ...reuse.map((journal) => sourceIn(journal, logger))];
    this.#keys = new CacheKeys(new ContentHashes(this.#closing.signal), searchPath);
  }

  /** Looks a record up that is ready to run, and tells what came of it. Never rejects. */
  async look(record: TaskRecord, cache: PlannedCache): Promise<void> {
    const { failed, told } = this.#after;
    try {
      record.cacheKey = await this.#keys.of(record, cache);
    } catch (cause) {
      if (record.settled) return;
      failed(record, cause);
      return told();
    }
    // A turn that finds nothing would be over before it is known as one.
    if (record.settled) return;
    this.#waiting.push(record);
    this.#turn ??= this.#lookUpAll();
  }

  /** Ends lookups, once all records have settled; one that takes longer than `patienceMs` is not waited for. Never rejects. */
  async close(patienceMs: number): Promise<void> {
    this.#closing.abort();
    if (this.#turn !== undefined) await within(this.#turn, patienceMs);
    await Promise.all(this.#sources.map((source) => source.close()));
  }

  async #lookUpAll(): Promise<void> {
    const { hit, miss, told } = this.#after;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      const found = await this.#find(batch);
      const ready = batch.filter((record) => !record.settled);
      for (const record of ready) {
        const outcome = found.get(record);
        if (outcome === undefined) miss(record);
        else hit(record, outcome);
      }
      told();
      // More results are read once these are written.
      await Promise.all(ready.filter((record) => found.has(record)).map((record) => record.settlement()));
    }
    this.#turn = undefined;
  }

  #take(): readonly TaskRecord[] {
    const batch: TaskRecord[] = [];
    while (batch.length < BATCH) {
      const record = this.#waiting.shift();
      if (record === undefined) break;
      if (!record.settled) batch.push(record);
    }
    return batch;
  }

  async #find(batch: readonly TaskRecord[]): Promise<ReadonlyMap<TaskRecord, TaskOutcome>> {
    const found = new Map<TaskRecord, TaskOutcome>();
    for (const source of this.#sources) {
      const open = batch.filter((record) => !found.has(record));
      if (open.length === 0) break;
      const results = await source.cached(open.map(({ cacheKey = "" }) => cacheKey));
      await Promise.all(
        open.map(async (record, index) => {
          const outcome = await usable(results[index], record).catch((error: unknown) => source.warn(error));
          if (outcome !== undefined) found.set(record, outcome);
        }),
      );
    }
    return found;
  }
}

/** The session's own journal, which the session closes. */
function borrowed(handle: JournalReader): JournalReader {
  return { cached: (keys) => handle.cached(keys), close: async () => {} };
}

function sourceIn(journal: string | Journal, logger: Logger): ResultSource {
  const location = typeof journal === "string" ? journal : journal.location;
  return new ResultSource({ location, logger, open: async () => await (await openJournal(journal)).read() });
}

/** What a stored result gives a record; nothing when the files in which its output went are gone. */
async function usable(
  stored: StoredResult | undefined,
  { uid, plan: { work } }: TaskRecord,
): Promise<TaskOutcome | undefined> {
  if (stored === undefined) return undefined;
  const files = "capture" in work && work.capture === "file" ? [stored.stdout ?? "", stored.stderr ?? ""] : [];
  const areThere = await Promise.all(files.filter((file) => file !== "").map((file) => exists(file)));
  return areThere.every(Boolean) ? decodeResult(uid, stored) : undefined;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
