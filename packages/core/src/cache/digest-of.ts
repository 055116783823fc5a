import { createHash, hash, type Hash } from "node:crypto";

/** Characters gathered before they are hashed. */
const CHUNK_LENGTH = 65_536;

/**
 * SHA-256, in hexadecimal, of a text that is the same for values that a task cannot tell apart, and for no others: keys of records in alphabetical
 * order, whatever the order in which they were set. Covers all that a journal keeps.
 *
 * Neither `JSON.stringify` nor the format of `node:v8` gives such a text: the one drops things, the other depends on how the engine holds a value at the moment.
 *
 * @throws TypeError for values that no journal keeps.
 */
export function digestOf(value: unknown): string {
  const writer = new Writer();
  writer.write(value);
  return writer.digest();
}

class Writer {
  #text = "";
  /** Absent while there is but one chunk. */
  #hash: Hash | undefined;
  /** Structures by the order in which they were met: one that is met again is named by its number, which ends cycles. */
  readonly #numbers = new Map<object, number>();

  digest(): string {
    if (this.#hash === undefined) return hash("sha256", this.#text);
    return this.#hash.update(this.#text).digest("hex");
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "object":
        if (value === null) this.#put("null");
        else this.#writeObject(value);
        return;
      case "string":
        return this.#put(JSON.stringify(value));
      case "number":
        return this.#put(Object.is(value, -0) ? "-0" : String(value));
      case "bigint":
        return this.#put(`${value}n`);
      case "boolean":
      case "undefined":
        return this.#put(String(value));
      case "function":
      case "symbol":
        throw new TypeError(`a ${typeof value} has no canonical form`);
    }
  }

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length < CHUNK_LENGTH) return;
    this.#hash ??= createHash("sha256");
    this.#hash.update(this.#text);
    this.#text = "";
  }

  #writeObject(value: object): void {
    const number = this.#numbers.get(value);
    if (number !== undefined) {
      this.#put(`#${number}`);
      return;
    }
    this.#numbers.set(value, this.#numbers.size);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.#writeEntries(value, Object.keys(value));
    else if (Array.isArray(value)) this.#writeList(value);
    else this.#writeWhole(value);
  }

  #writeEntries(value: object, keys: readonly string[]): void {
    this.#put("{");
    for (const key of keys.toSorted()) {
      this.#put(`${JSON.stringify(key)}:`);
      this.write(Reflect.get(value, key));
      this.#put(",");
    }
    this.#put("}");
  }

  #writeList(list: readonly unknown[]): void {
    const keys = Object.keys(list);
    if (keys.length !== list.length || (keys.length > 0 && keys.at(-1) !== String(list.length - 1))) {
      // It has holes, or properties besides its items.
      this.#put(`list ${list.length}`);
      return this.#writeEntries(list, keys);
    }
    this.#put("[");
    for (const part of list) {
      this.write(part);
      this.#put(",");
    }
    this.#put("]");
  }

  #writeWhole(value: object): void {
    const { name } = value.constructor;
    this.#put(`${name} `);
    if (value instanceof Map) this.#writeList([...value].flat());
    else if (value instanceof Set) this.#writeList([...value]);
    else if (value instanceof Date) this.#put(String(value.getTime()));
    else if (value instanceof RegExp) this.#put(JSON.stringify(String(value)));
    else if (value instanceof Error) this.#writeList([value.message, value.cause]);
    else if (ArrayBuffer.isView(value))
      this.#put(hash("sha256", new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    else if (value instanceof ArrayBuffer) this.#put(hash("sha256", new Uint8Array(value)));
    else throw new TypeError(`an instance of ${name} has no canonical form`);
  }
}
