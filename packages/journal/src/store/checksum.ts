import { crc32 } from "node:zlib";
import type { Row } from "./query.ts";

/** Characters that are gathered before they are hashed: one call for many values, no text of any size. */
const CHUNK = 1 << 20;

/**
 * The CRC-32 of rows. Each value goes in as a letter for its type (`n`umber, `t`ext, `b`ytes, or `0` for `NULL`), what it holds, text as UTF-8, and a zero
 * byte. Without the letter, text that damage has turned into bytes would pass.
 */
export class Checksum {
  #text = "";
  #sum = 0;

  add(row: Row): void {
    for (const value of row) {
      if (value instanceof Uint8Array) {
        this.#text += "b";
        this.#hash();
        this.#sum = crc32(value, this.#sum);
        this.#text = "\0";
      } else if (value === null) {
        this.#text += "0\0";
      } else {
        this.#text += `${typeof value === "string" ? "t" : "n"}${value}\0`;
      }
    }
    if (this.#text.length > CHUNK) this.#hash();
  }

  get value(): number {
    this.#hash();
    return this.#sum;
  }

  #hash(): void {
    this.#sum = crc32(this.#text, this.#sum);
    this.#text = "";
  }
}

/** The {@link Checksum} of one row. */
export function checksumOf(row: Row): number {
  const checksum = new Checksum();
  checksum.add(row);
  return checksum.value;
}
