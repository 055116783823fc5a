import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { create, type CreateBackend, type CreatedBackend } from "../suite/created-backend.ts";
import type { Settings } from "../suite/settings.ts";
import { Opening } from "./opening.ts";

/** One opening for all tests that are not about opening and closing; opened for the first that asks. */
export class SharedOpening {
  readonly #createBackend: CreateBackend;
  readonly #settings: Settings;
  #opening: Promise<{ created: CreatedBackend; directory: string; opening: Opening }> | undefined;

  constructor(createBackend: CreateBackend, settings: Settings) {
    this.#createBackend = createBackend;
    this.#settings = settings;
  }

  async get(): Promise<Opening> {
    this.#opening ??= this.#open();
    const { opening } = await this.#opening;
    return opening;
  }

  /** Closes what was opened, if anything was. */
  async close(): Promise<void> {
    if (this.#opening === undefined) return;
    const { created, directory, opening } = await this.#opening;
    try {
      await opening.close();
    } finally {
      await created.cleanup?.();
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #open(): Promise<{ created: CreatedBackend; directory: string; opening: Opening }> {
    const created = await create(this.#createBackend);
    const directory = await mkdtemp(join(this.#settings.directory, "rhapsody-conformance-"));
    const opening = await Opening.open(
      created.backend,
      { workDir: directory, epoch: 3, environment: {} },
      this.#settings,
    );
    return { created, directory, opening };
  }
}
