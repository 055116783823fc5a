import { mkdirSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A session's own directory, made on first use. */
export class WorkDirectory {
  readonly path: string;
  readonly #temporary: boolean;
  #made: Promise<string> | undefined;

  constructor(parent: string | undefined, sessionUid: string) {
    this.#temporary = parent === undefined;
    this.path = join(resolve(parent ?? tmpdir()), sessionUid);
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

  /** Removes a temporary directory in which nothing was left. */
  async close(): Promise<void> {
    if (!this.#temporary || this.#made === undefined) return;
    // Captured output stays: the results name its files.
    await rmdir(this.path).catch(() => {});
  }

  get #mode(): { readonly mode?: number } {
    return this.#temporary ? { mode: 0o700 } : {};
  }
}
