import { createHash, hash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StoreFailure } from "./store-failure.ts";

/** The parts of a result that may be large. */
export const LARGE_PARTS = ["stdout", "stderr", "value"] as const;

export type LargePart = (typeof LARGE_PARTS)[number];

/** A part of a result that lies in a file of its own, as the journal refers to it. */
export interface FileReference {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** True for bytes, absent for text. */
  readonly binary?: true;
}

/** Name of a file: number of the result, start of the hash, part. */
const NAME = /^\d+-[0-9a-f]{16}\.(?:stdout|stderr|value)$/;

/** Where the files of a journal lie. */
export function filesDirectory(path: string): string {
  return `${path}-files`;
}

/** Tells whether a file in that directory is one of the journal's, finished or not. */
export function isOutputFile(name: string): boolean {
  return NAME.test(name.endsWith(".part") ? name.slice(0, -".part".length) : name);
}

/** The large outputs of a journal: files in a directory beside it. */
export class OutputFiles {
  readonly directory: string;
  readonly #flush: boolean;

  /** @param flush - Whether files are to survive a loss of power. */
  constructor(path: string, flush = false) {
    this.directory = filesDirectory(path);
    this.#flush = flush;
  }

  /** Writes a file whole, or throws and leaves none. */
  write(number: number, part: LargePart, content: string | Uint8Array): FileReference {
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    const sha256 = hash("sha256", bytes, "hex");
    const file = `${number}-${sha256.slice(0, 16)}.${part}`;
    this.#makeDirectory();
    const path = join(this.directory, file);
    const unfinished = `${path}.part`;
    try {
      this.#writeAll(unfinished, bytes);
      renameSync(unfinished, path);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    return { file, bytes: bytes.byteLength, sha256, ...(typeof content !== "string" && { binary: true }) };
  }

  /** Makes sure that the names of new files survive a loss of power too. */
  flush(): void {
    if (this.#flush) flushDirectory(this.directory);
  }

  /** @throws StoreFailure `JOURNAL_FAILED` when the file is gone or not what was written. */
  read(reference: FileReference): string | Uint8Array {
    const path = join(this.directory, reference.file);
    try {
      const bytes = readFileSync(path);
      if (createHash("sha256").update(bytes).digest("hex") === reference.sha256) {
        return reference.binary === true ? new Uint8Array(bytes) : bytes.toString("utf8");
      }
    } catch (cause) {
      throw new StoreFailure("JOURNAL_FAILED", `the output file ${path} cannot be read`, { cause });
    }
    throw new StoreFailure("JOURNAL_FAILED", `the output file ${path} is not what was written to it`);
  }

  /** What is wrong with a file as far as can be told without reading it; undefined when nothing is. */
  flaw({ file, bytes }: FileReference): string | undefined {
    const path = join(this.directory, file);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return `its output file ${path} is missing`;
    return stats.size === bytes ? undefined : `its output file ${path} has ${stats.size} bytes, not ${bytes}`;
  }

  remove({ file }: FileReference): void {
    rmSync(join(this.directory, file), { force: true });
  }

  #makeDirectory(): void {
    const made = mkdirSync(this.directory, { recursive: true });
    if (made !== undefined && this.#flush) flushDirectory(dirname(this.directory));
  }

  #writeAll(path: string, bytes: Uint8Array): void {
    const descriptor = openSync(path, "w");
    try {
      for (let written = 0; written < bytes.byteLength;) written += writeSync(descriptor, bytes, written);
      if (this.#flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Makes names in a directory survive a loss of power. */
export function flushDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
