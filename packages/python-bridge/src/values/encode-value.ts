import { types } from "node:util";
import { ARRAY_NAMES } from "./array-types.ts";
import { ValueError } from "./value-error.ts";

/** Levels of lists and objects within each other; Python's own parser gives up at about a thousand. */
const MAX_DEPTH = 256;
/** Python's `datetime.min` and `datetime.max` in UTC, in Unix milliseconds. */
const FIRST_DATE_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_DATE_MS = Date.parse("9999-12-31T23:59:59.999Z");
/** Longest name of a part in a message, in characters. */
const MAX_PART = 200;
/** Longest encoded value, in bytes: that of a frame less its headers. */
const MAX_BYTES = 2 ** 30 - 2 ** 16;

/**
 * A value as it crosses to Python: see "Values" in the architecture page of the bridge.
 *
 * Numbers, text, lists, plain objects, bytes, typed arrays, `bigint` and `Date`, in any nesting. A property that is `undefined` is left out; any other
 * `undefined` becomes `None`. Everything else is refused, nothing is changed silently.
 *
 * @param name - What messages call the value; when empty they name its parts only.
 * @throws {@link ValueError} that names the part which cannot cross.
 */
export function encodeValue(value: unknown, name = "value"): Uint8Array {
  const bytes: Uint8Array[] = [];
  const json = toJson(value, name, bytes);
  const jsonBytes = Buffer.byteLength(json);
  let length = 4 + jsonBytes;
  for (const { byteLength } of bytes) length += byteLength;
  if (length > MAX_BYTES) {
    throw new ValueError(
      name,
      `takes ${length} bytes, more than the ${MAX_BYTES} that can cross: pass the path of a file instead`,
    );
  }
  const encoded = Buffer.allocUnsafe(length);
  encoded.writeUInt32LE(jsonBytes, 0);
  encoded.write(json, 4);
  let offset = 4 + jsonBytes;
  for (const part of bytes) {
    encoded.set(part, offset);
    offset += part.byteLength;
  }
  return encoded;
}

function toJson(value: unknown, name: string, bytes: Uint8Array[]): string {
  try {
    return JSON.stringify(new Tagger(bytes).tag(value, 0) ?? null);
  } catch (error) {
    if (error instanceof Refusal)
      throw new ValueError(shorten(`${name}${error.path}`.replace(/^\./, "")), error.message);
    // A property that throws when it is read, or more text than a string holds.
    throw new ValueError(name, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** A part that cannot cross; on the way up it gathers where it is. */
class Refusal extends Error {
  path = "";

  within(key: string | number): this {
    this.path = `${step(key)}${this.path}`;
    return this;
  }
}

function shorten(part: string): string {
  const half = MAX_PART / 2;
  return part.length <= MAX_PART ? part : `${part.slice(0, half)}…${part.slice(-half)}`;
}

function step(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Replaces what JSON has no form for; what it has one for stays the very object that it was. */
class Tagger {
  readonly #bytes: Uint8Array[];
  #offset = 0;

  constructor(bytes: Uint8Array[]) {
    this.#bytes = bytes;
  }

  tag(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "undefined":
        return value;
      case "number":
        return tagNumber(value);
      case "bigint":
        return { $i: String(value) };
      case "object":
        if (value === null) return null;
        if (depth === MAX_DEPTH) throw new Refusal(`is nested deeper than ${MAX_DEPTH} levels, or contains itself`);
        if (Array.isArray(value)) return this.#tagList(value, depth + 1);
        if (isPlain(value)) return this.#tagObject(value, depth + 1);
        return this.#tagInstance(value);
      default:
        throw new Refusal(`is a ${typeof value}: only data can cross to Python`);
    }
  }

  #tagList(list: readonly unknown[], depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      const tagged = this.#within(index, item, depth);
      if (tagged !== item) (copy ??= [...list])[index] = tagged;
    }
    return copy ?? list;
  }

  #tagObject(object: Readonly<Record<string, unknown>>, depth: number): unknown {
    if (Object.getOwnPropertySymbols(object).length > 0) {
      throw new Refusal("has a property whose key is a symbol: only text can be a key in Python");
    }
    let copy: Record<string, unknown> | undefined;
    let isLikeTag = false;
    for (const key of Object.keys(object)) {
      const item = object[key];
      const tagged = this.#within(key, item, depth);
      if (tagged !== item) (copy ??= { ...object })[key] = tagged;
      if (key.startsWith("$")) isLikeTag = true;
    }
    if (!isLikeTag) return copy ?? object;
    return { $o: Object.entries(copy ?? object).filter(([, item]) => item !== undefined) };
  }

  #within(key: string | number, item: unknown, depth: number): unknown {
    try {
      return this.tag(item, depth);
    } catch (error) {
      throw error instanceof Refusal ? error.within(key) : error;
    }
  }

  #tagInstance(value: object): unknown {
    if (types.isUint8Array(value)) return { $b: this.#put(value) };
    if (types.isDate(value)) {
      const at = value.getTime();
      if (Number.isNaN(at)) throw new Refusal("is an invalid Date");
      if (at < FIRST_DATE_MS || at > LAST_DATE_MS)
        throw new Refusal("is a Date outside of the years 1 to 9999, which Python has");
      return { $d: at };
    }
    if (types.isTypedArray(value)) {
      const type = ARRAY_NAMES.get(value[Symbol.toStringTag]);
      if (type !== undefined) {
        const place = this.#put(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
        const shape = shapeOf(value);
        return { $a: shape === undefined ? [type, ...place] : [type, ...place, shape] };
      }
    }
    throw new Refusal(`is ${nameOf(value)}: ${instead(value)}`);
  }

  #put(bytes: Uint8Array): readonly [offset: number, length: number] {
    const offset = this.#offset;
    this.#offset += bytes.byteLength;
    this.#bytes.push(bytes);
    return [offset, bytes.byteLength];
  }
}

function tagNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) {
    // JSON would write it without a point, and Python read an int.
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? { $f: String(value) } : value;
  }
  if (value === 0) return { $f: "-0" };
  if (Number.isNaN(value)) return { $f: "nan" };
  return { $f: value > 0 ? "inf" : "-inf" };
}

/** Whether it was written as `{}`, in this realm or another. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function shapeOf(array: NodeJS.TypedArray): readonly number[] | undefined {
  // Put there by whoever made the array; the bridge does, for arrays of Python with other than one dimension.
  const { shape } = array as { readonly shape?: unknown };
  if (shape === undefined) return undefined;
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  const isShape = Array.isArray(shape) && sizes.every((size) => Number.isInteger(size) && Number(size) >= 0);
  if (!isShape || sizes.reduce((product: number, size) => product * Number(size), 1) !== array.length) {
    throw new Refusal(`has ${array.length} elements, which is not what its property \`shape\` says`);
  }
  return sizes.map(Number);
}

function nameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an object of a class";
  return /^an? /.test(name) ? name : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

function instead(value: object): string {
  if (types.isMap(value)) return "pass an object (Object.fromEntries) or a list of pairs";
  if (types.isSet(value)) return "pass a list ([...set])";
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return "pass a Uint8Array of it";
  if (types.isPromise(value)) return "await it first";
  return "only plain objects, lists, numbers, text, bytes, typed arrays and dates can cross to Python";
}
