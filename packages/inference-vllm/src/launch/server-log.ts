import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** How much of a log is looked at in one go, in bytes; of more only the end. */
const MOST_BYTES = 256 * 1024;

/** The file that a server prints to. The server writes it itself, so that it never waits for this process. */
export class ServerLog {
  readonly path: string;
  #read: number;
  #rest = "";

  constructor(path: string) {
    this.path = path;
    this.#read = sizeOf(path);
  }

  /** Full lines that were written since the last call. */
  news(): readonly string[] {
    const { text, end } = readFrom(this.path, this.#read);
    this.#read = end;
    // Bars of progress go back in their line.
    const lines = (this.#rest + text).split(/[\n\r]/);
    this.#rest = (lines.pop() ?? "").slice(-MOST_BYTES);
    return lines.filter((line) => line.trim() !== "");
  }
}

/** All that a server has written since a beginning. */
export function readSince(path: string, begin: number): string {
  return readFrom(path, begin).text;
}

/** Size of a file, in bytes; `0` when there is none. */
export function sizeOf(path: string): number {
  return readFrom(path, Number.MAX_SAFE_INTEGER).end;
}

function readFrom(path: string, from: number): { readonly text: string; readonly end: number } {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return { text: "", end: 0 };
  }
  try {
    const end = fstatSync(file).size;
    const begin = Math.max(from, end - MOST_BYTES);
    if (begin >= end) return { text: "", end };
    const buffer = Buffer.allocUnsafe(end - begin);
    return { text: buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, begin)), end };
  } finally {
    closeSync(file);
  }
}
