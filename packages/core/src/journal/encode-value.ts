import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { Encoded } from "./journal.ts";
import { Survey } from "./survey.ts";

/**
 * A value as a journal keeps it; `undefined` for `undefined`. What {@link decodeValue} gives back is the very same: equal in all its parts, with
 * the same cycles and shared parts.
 *
 * @param name - What messages call the value.
 * @throws TypeError that names the part which cannot be kept (`value[0].onDone is a function`).
 */
export function encodeValue(value: unknown, name = "value"): Encoded | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") return JSON.stringify(value);
  const survey = new Survey();
  return attempt(name, () => {
    survey.add(value, name);
    return write(value, survey);
  });
}

/**
 * The value that {@link encodeValue} was given.
 *
 * @throws SyntaxError or Error when what is stored is damaged.
 */
export function decodeValue(encoded: Encoded | undefined): unknown {
  if (encoded === undefined) return undefined;
  return typeof encoded === "string" ? JSON.parse(encoded) : deserialize(encoded);
}

/** Tells whether two values, as a journal keeps them, are the same. Equal ones can be written as different bytes: numbers have several forms there. */
export function sameEncoded(a: Encoded, b: Encoded): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b;
  return isDeepStrictEqual(decodeValue(a), decodeValue(b));
}

/** Writes a value in the format that a survey of all its parts found. */
export function write(value: unknown, { json }: Survey): Encoded {
  return json ? JSON.stringify(value) : serialize(value);
}

/** Calls a function that reads a user's value. Whatever the value's own code throws, and what only the engine finds, becomes a TypeError. */
export function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${name} cannot be kept: ${reason}`, { cause: error });
  }
}
