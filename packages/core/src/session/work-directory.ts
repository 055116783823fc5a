import { mkdirSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { AlreadyResumed } from "../journal/already-resumed.ts";
import type { Journal } from "../journal/journal.ts";

/** A session's own directory, made on first use. */
export class WorkDirectory {
  readonly path: string;
  readonly #place: WorkPlace;
  #made: Promise<string> | undefined;

  constructor(place: WorkPlace, sessionUid: string) {
    this.#place = place;
    this.path = join(resolve(place.parent ?? place.beside ?? tmpdir()), sessionUid);
  }

  /** Makes the directory, with its parents, once; nobody else may read it when it lies among temporary files. */
  make(): Promise<string> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<string> {
    try {
      await mkdir(this.path, { recursive: true, ...this.#mode });
      return this.path;
    } catch (error) {
      // What was in the way may be gone next time.
      this.#made = undefined;
      throw error;
    }
  }

  makeSync(): string {
    mkdirSync(this.path, { recursive: true, ...this.#mode });
    this.#made = Promise.resolve(this.path);
    return this.path;
  }

  /** Removes a directory that the user did not ask for, and in which nothing was left. */
  async close(): Promise<void> {
    if (this.#place.parent !== undefined || this.#made === undefined) return;
    // Captured output stays: the results name its files.
    await rmdir(this.path).catch(() => {});
  }

  get #mode(): { readonly mode?: number } {
    return this.#place.parent === undefined && dirname(this.path) === tmpdir() ? { mode: 0o700 } : {};
  }
}

/** Where a session's directory is made: where the user says, else beside its journal, else among temporary files. */
export interface WorkPlace {
  readonly parent: string | undefined;
  readonly beside: string | undefined;
}

/** Where a session with a journal makes its directory, unless it is told. */
export function besideJournal(journal: string | Journal | undefined): string | undefined {
  if (typeof journal === "string") return dirname(resolve(journal));
  if (journal instanceof AlreadyResumed) return journal.directory;
  return journal !== undefined && isAbsolute(journal.location) ? dirname(journal.location) : undefined;
}
