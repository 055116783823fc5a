import { serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../journal/encode-value.ts";
import { digestOf } from "./digest-of.ts";

/** All that a journal keeps, more or less. */
const value = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;
const shared = {};

const apart: readonly unknown[] = [
  undefined,
  null,
  true,
  "true",
  0,
  -0,
  "0",
  0n,
  Number.NaN,
  "NaN",
  [],
  {},
  [undefined],
  // oxlint-disable-next-line no-sparse-arrays
  [,],
  Object.assign([undefined], { extra: 1 }),
  [[]],
  ["a,b"],
  ["a", "b"],
  [{}, {}],
  [shared, shared],
  { a: undefined },
  { a: 1 },
  { b: 1 },
  new Map([["a", 1]]),
  new Map([["a", 2]]),
  new Set(["a"]),
  new Set(["a", 1]),
  new Date(0),
  new Date(1),
  new Date(Number.NaN),
  /a/,
  /a/g,
  new Error("a"),
  new TypeError("a"),
  new Error("a", { cause: 1 }),
  new Uint8Array(2),
  new Uint16Array(1),
  new Uint8Array(2).buffer,
  new DataView(new ArrayBuffer(2)),
  "\ud800",
  "\udbff",
  "\ufffd",
  "\\ud800",
  cyclic,
  { self: {} },
];

describe("digestOf", () => {
  it("tells values apart that a task can tell apart", () => {
    expect(new Set(apart.map((one) => digestOf(one))).size).toBe(apart.length);
  });

  it("does not depend on the order in which keys were set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (record) => {
        const entries = Object.entries(record);
        expect(digestOf(Object.fromEntries(entries.toReversed()))).toBe(digestOf(Object.fromEntries(entries)));
      }),
    );
  });

  it("is the same for what a journal gives back", () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(digestOf(decodeValue(encodeValue(one)))).toBe(digestOf(one));
      }),
    );
  });

  it("does not depend on how the engine holds a value", () => {
    const text = "abcdefghijklmnopqrstuvwxyz";
    const wide = `${text}\u2013`.slice(0, -1);
    expect(serialize(wide).equals(serialize(text))).toBe(false);

    expect(digestOf({ wide })).toBe(digestOf({ wide: text }));
  });

  it("takes texts that are longer than a chunk", () => {
    const long = "x".repeat(200_000);

    expect(digestOf([long, "y"])).not.toBe(digestOf([long, "z"]));
    expect(digestOf([long, "y"])).toMatch(/^[\da-f]{64}$/);
  });

  it.each([[() => 1], [Symbol("s")], [new WeakMap()], [Promise.resolve()]])("refuses %o", (one) => {
    expect(() => digestOf({ one })).toThrow(TypeError);
  });
});
