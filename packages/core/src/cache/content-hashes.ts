import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { createReadStream } from "node:fs";
import { readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "./digest-of.ts";
import { findProgram, type ProgramSearch } from "./find-program.ts";
import { Slots } from "./slots.ts";

/** Files looked at or read at the same time. */
const SLOTS = 16;

/** Most hashes that are kept. */
const MAX_KNOWN = 10_000;

/** Bytes read at a time. */
const CHUNK_BYTES = 256 * 1024;

/** A file may change again within one tick of its file system's clock, which is as long as this on some; in milliseconds. */
const CLOCK_TICK_MS = 2_000n;

/** SHA-256 hashes of what files and directories contain. A file is read again only when it seems to have changed. */
export class ContentHashes {
  readonly #slots = new Slots(SLOTS);
  /** By path: what a file looked like, and its hash or the reading of it. */
  readonly #known = new Map<string, { readonly stamp: string; readonly hash: Promise<string> }>();
  readonly #signal: AbortSignal;

  /** @param signal - Ends reading when aborted. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Hash of a file; `undefined` when there is none. @throws when it cannot be read. */
  async ofFile(path: string): Promise<string | undefined> {
    try {
      const stats = await this.#look(path);
      return stats.isFile() ? await this.#hash(path, stats) : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Hash of the file that a program's name stands for; `undefined` when there is none. @throws when it cannot be read. */
  async ofProgram(program: string, search: ProgramSearch): Promise<string | undefined> {
    const { directory, path } = search;
    const name = JSON.stringify([program, directory, path]);
    const file = await this.#slots.share(`find ${name}`, () => findProgram(program, search));
    return file === undefined ? undefined : await this.ofFile(file);
  }

  /** Hash of a file, or of all that is in a directory, names included. @throws when it is missing, neither of them, or cannot be read. */
  async ofTree(path: string): Promise<string> {
    const hash = await this.#ofEntry(path, []);
    if (hash === undefined) throw new Error(`${path} is neither a file nor a directory`);
    return hash;
  }

  async #look(path: string): Promise<BigIntStats> {
    return await this.#slots.share(`look ${path}`, () => stat(path, { bigint: true }));
  }

  /** `undefined` for what is neither a file nor a directory. */
  async #ofEntry(path: string, above: readonly string[]): Promise<string | undefined> {
    const stats = await this.#look(path);
    if (stats.isFile()) return `file ${await this.#hash(path, stats)}`;
    if (!stats.isDirectory()) return undefined;
    const identity = `${stats.dev}:${stats.ino}`;
    // A symbolic link to a directory that it is in.
    if (above.includes(identity)) return `loop ${above.length - above.indexOf(identity)}`;
    const names = await this.#slots.run(() => readdir(path));
    const inside = [...above, identity];
    const entries = names.toSorted().map(async (name) => [name, await this.#ofChild(join(path, name), inside)]);
    return `directory ${digestOf(await Promise.all(entries))}`;
  }

  async #ofChild(path: string, above: readonly string[]): Promise<string | undefined> {
    try {
      return await this.#ofEntry(path, above);
    } catch (error) {
      const target = isMissing(error) ? await this.#slots.run(() => readlink(path)).catch(() => {}) : undefined;
      if (target === undefined) throw error;
      return `link to nothing ${target}`;
    }
  }

  async #hash(path: string, stats: BigIntStats): Promise<string> {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = stats;
    const stamp = [dev, ino, size, mtimeNs, ctimeNs].join(":");
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return await known.hash;
    const hash = this.#slots.run(() => this.#read(path));
    const entry = { stamp, hash };
    this.#known.set(path, entry);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
    const forget = (): void => {
      if (this.#known.get(path) === entry) this.#known.delete(path);
    };
    const mayChangeUnseen = BigInt(Date.now()) - ctimeMs < CLOCK_TICK_MS;
    void hash.then(mayChangeUnseen ? forget : undefined, forget);
    return await hash;
  }

  async #read(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      this.#signal.throwIfAborted();
      // Without an encoding, what a stream gives is bytes.
      hash.update(chunk as Uint8Array);
    }
    return hash.digest("hex");
  }
}

function isMissing(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
