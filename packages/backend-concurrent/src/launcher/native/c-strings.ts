import type { Libc } from "./libc.ts";

/** Memory for C strings that live until the next {@link CStrings.reset}. */
export class CStrings {
  readonly #libc: Libc;
  #arena: Buffer = Buffer.alloc(0);
  #base = 0n;
  #used = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Frees all strings and makes room for these. */
  reset(strings: Iterable<string>): void {
    let bytes = 0;
    // A UTF-16 unit takes at most three bytes of UTF-8.
    for (const text of strings) bytes += 3 * text.length + 1;
    if (bytes > this.#arena.length) {
      // Never pooled, and so never moved: C keeps the address.
      this.#arena = Buffer.alloc(2 * bytes);
      this.#base = this.#libc.address(this.#arena);
    }
    this.#used = 0;
  }

  /** Stores one of the strings that room was made for; returns its address. */
  add(text: string): bigint {
    const start = this.#used;
    const end = start + this.#arena.write(text, start);
    this.#arena[end] = 0;
    this.#used = end + 1;
    return this.#base + BigInt(start);
  }
}

/** A NULL-terminated array of C strings, as `argv` and `envp` are. */
export class CVector {
  #items = new BigUint64Array(64);
  #length = 0;

  /** The array; valid until the vector changes. */
  get items(): BigUint64Array {
    return this.#items;
  }

  get length(): number {
    return this.#length;
  }

  /** Empties the vector, then copies another one. */
  assign(other: CVector): void {
    this.#length = 0;
    this.#grow(other.length);
    this.#items.set(other.items.subarray(0, other.length));
    this.#length = other.length;
    this.#items[this.#length] = 0n;
  }

  clear(): void {
    this.#length = 0;
    this.#items[0] = 0n;
  }

  push(address: bigint): void {
    this.#grow(this.#length + 1);
    this.#items[this.#length] = address;
    this.#length += 1;
    this.#items[this.#length] = 0n;
  }

  set(index: number, address: bigint): void {
    this.#items[index] = address;
  }

  #grow(length: number): void {
    if (length < this.#items.length) return;
    const grown = new BigUint64Array(2 * length);
    grown.set(this.#items);
    this.#items = grown;
  }
}
