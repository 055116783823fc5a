import { ARRAY_TYPES } from "./array-types.ts";
import { ValueError } from "./value-error.ts";

/** From this length on, bytes of a value share the memory of the frame that they came in, in bytes. */
const SHARED_BYTES = 2 ** 20;

/**
 * The value that was encoded, here or in Python: see "Values" in the architecture page of the bridge.
 *
 * Bytes are `Uint8Array`s, arrays of numbers typed arrays; one with other than one dimension has a property `shape`, its elements row by row. Integers
 * beyond ±(2⁵³ − 1) are `bigint`s.
 *
 * @throws {@link ValueError} when what is encoded is damaged.
 */
export function decodeValue(encoded: Uint8Array): unknown {
  try {
    const buffer = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
    const end = 4 + buffer.readUInt32LE(0);
    if (end > buffer.length) throw new RangeError("it is cut off");
    const json = buffer.toString("utf8", 4, end);
    const value: unknown = JSON.parse(json);
    return json.includes('{"$') ? untag(value, buffer.subarray(end)) : value;
  } catch (error) {
    const how = error instanceof Error ? error.message : String(error);
    throw new ValueError("value", `came damaged from Python: ${how}`, { cause: error });
  }
}

/** Puts values in the place of their tags. Changes what was just parsed instead of copying it. */
function untag(value: unknown, bytes: Buffer): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    list.forEach((item, index) => {
      list[index] = untag(item, bytes);
    });
    return list;
  }
  // JSON.parse made it.
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object);
  const [first] = keys;
  if (keys.length === 1 && first?.startsWith("$") === true) return valueOf(first, object[first], bytes);
  for (const key of keys) object[key] = untag(object[key], bytes);
  return object;
}

function valueOf(tag: string, content: unknown, bytes: Buffer): unknown {
  switch (tag) {
    case "$f":
      return toNumber(String(content));
    case "$i":
      return BigInt(String(content));
    case "$d":
      return new Date(Number(content));
    case "$b": {
      const [offset, length] = listOf(content);
      return take(bytes, Number(offset), Number(length));
    }
    case "$a":
      return arrayOf(listOf(content), bytes);
    case "$o": {
      const entries = listOf(content).map((entry) => {
        const [key, item] = listOf(entry);
        return [String(key), untag(item, bytes)] as const;
      });
      return Object.fromEntries(entries);
    }
    default:
      throw new TypeError(`unknown tag ${tag}`);
  }
}

function toNumber(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  // Also of "nan".
  return Number(text);
}

function listOf(content: unknown): readonly unknown[] {
  if (!Array.isArray(content)) throw new TypeError("a tag without a list");
  return content;
}

function take(bytes: Buffer, offset: number, length: number): Uint8Array {
  if (offset + length > bytes.length) throw new RangeError("bytes are missing");
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
  return length < SHARED_BYTES ? view.slice() : view;
}

function arrayOf([name, offset, length, shape]: readonly unknown[], bytes: Buffer): unknown {
  const type = ARRAY_TYPES.get(String(name));
  if (type === undefined) throw new TypeError(`unknown type of array ${String(name)}`);
  const part = take(bytes, Number(offset), Number(length));
  // Views of wider elements must begin at a multiple of their size.
  const { buffer, byteOffset, byteLength } = part.byteOffset % type.BYTES_PER_ELEMENT === 0 ? part : part.slice();
  const array = new type(buffer, byteOffset, byteLength / type.BYTES_PER_ELEMENT);
  return Array.isArray(shape) ? Object.assign(array, { shape }) : array;
}
