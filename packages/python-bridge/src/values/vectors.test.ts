import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyValue } from "../__fixtures__/any-value.ts";
import { decodeValue } from "./decode-value.ts";
import { encodeValue } from "./encode-value.ts";
import { ValueError } from "./value-error.ts";

interface Vector {
  readonly name: string;
  readonly js?: string;
  readonly json: unknown;
  readonly bytes: string;
  readonly only?: readonly string[];
}

interface RefusedVector {
  readonly name: string;
  readonly js?: string;
  readonly part?: string;
}

// The same file is read by the tests of the Python side.
const { vectors, refused } = JSON.parse(
  readFileSync(new URL("__fixtures__/vectors.json", import.meta.url), "utf8"),
) as { readonly vectors: readonly Vector[]; readonly refused: readonly RefusedVector[] };

const valueOf = (expression: string): unknown => runInThisContext(expression);

function testedBy(direction: string): readonly (Vector & { readonly js: string })[] {
  return vectors.flatMap(({ js, ...vector }) =>
    js !== undefined && (vector.only?.includes(direction) ?? true) ? [{ ...vector, js }] : [],
  );
}

/** The two parts of an encoded value. */
function partsOf(encoded: Uint8Array): { readonly json: unknown; readonly bytes: string } {
  const buffer = Buffer.from(encoded);
  const end = 4 + buffer.readUInt32LE(0);
  return { json: JSON.parse(buffer.toString("utf8", 4, end)), bytes: buffer.toString("hex", end) };
}

function joined({ json, bytes }: Vector): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, Buffer.from(bytes, "hex")]);
}

describe("encodeValue", () => {
  it.each(testedBy("js encode"))("encodes $name", ({ js, json, bytes }) => {
    expect(partsOf(encodeValue(valueOf(js)))).toEqual({ json, bytes });
  });

  it.each(refused.flatMap(({ js, ...rest }) => (js === undefined ? [] : [{ ...rest, js }])))(
    "refuses $name and names the part",
    ({ js, part }) => {
      const encode = () => encodeValue(valueOf(js));

      expect(encode).toThrow(ValueError);
      expect(encode).toThrow(part ?? "nested deeper");
    },
  );

  it("tells what to do", () => {
    expect(() => encodeValue([{ rows: new Map() }], "args")).toThrow(
      "args[0].rows is a Map: pass an object (Object.fromEntries) or a list of pairs",
    );
  });

  it("names a deep part by its ends", () => {
    const value = { first: { ["k".repeat(300)]: { last: new Map() } } };

    expect(() => encodeValue(value, "args")).toThrow(/^args\.first\.k+…k+\.last is a Map/);
  });

  it("tells of a property that cannot be read", () => {
    const value = {
      get rows(): never {
        throw new Error("not yet");
      },
    };

    expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: "TASK_NOT_SERIALIZABLE" }));
  });

  it("leaves what it is given as it is", () => {
    const value = { a: [1n, new Uint8Array([1])], $b: Number.NaN };

    encodeValue(value);

    expect(value).toEqual({ a: [1n, new Uint8Array([1])], $b: Number.NaN });
  });

  it("refuses a shape that does not fit", () => {
    expect(() => encodeValue(Object.assign(new Int8Array(3), { shape: [2, 2] }))).toThrow("3 elements");
  });
});

describe("decodeValue", () => {
  it.each(testedBy("js decode"))("decodes $name", (vector) => {
    const value = decodeValue(joined(vector));

    expect(value).toStrictEqual(valueOf(vector.js));
  });

  it("gives back whatever can be encoded", () => {
    fc.assert(
      fc.property(anyValue(), (value) => {
        expect(decodeValue(encodeValue(value))).toStrictEqual(value);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["a length beyond the end", "ff000000"],
    ["no JSON", "0100000078"],
    ["an unknown tag", `0900000${Buffer.from('0{"$x":1}').toString("hex").slice(1)}`],
    ["bytes beyond the end", `0c000000${Buffer.from('{"$b":[0,1]}').toString("hex")}`],
  ])("refuses %s", (_, hex) => {
    expect(() => decodeValue(Buffer.from(hex, "hex"))).toThrow(ValueError);
  });

  it("does not keep the frame in memory for a few bytes of it", () => {
    const frame = Buffer.alloc(2 ** 21);
    const encoded = encodeValue(new Uint8Array([1, 2]));
    frame.set(encoded);

    const value = decodeValue(frame.subarray(0, encoded.length));

    expect((value as Uint8Array).buffer.byteLength).toBe(2);
  });
});
