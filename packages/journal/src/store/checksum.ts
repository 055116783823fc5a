import { crc32 } from "node:zlib";
import type { Row } from "./query.ts";

/** Characters that are gathered before they are hashed: one call for many values, no text of any size. */
const CHUNK = 1 << 20;

/** The CRC-32 of rows: their values in order, text as UTF-8, a zero byte after each, and the byte 1 for `NULL`. */
export class Checksum {
  #text = "";
  #sum = 0;

  add(row: Row): void {
    for (const value of row) {
      if (value instanceof Uint8Array) {
        this.#hash();
        this.#sum = crc32(value, this.#sum);
        this.#text = "\0";
      } else {
        this.#text += value === null ? "\u0001\0" : `${value}\0`;
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
