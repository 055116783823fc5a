import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ComputeTask } from "../task/compute-task.ts";
import { secret } from "../task/secret.ts";
import { decodeValue, encodeValue } from "./encode-value.ts";

const again = (value: unknown): unknown => decodeValue(encodeValue(value));

/** A value of `levels` lists, each in the next. */
function nested(levels: number): unknown {
  let value: unknown = "core";
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

class Point {
  readonly x = 1;
}

describe("a value that JSON holds", () => {
  it.each<[unknown, string]>([
    [null, "null"],
    [true, "true"],
    [1.5, "1.5"],
    ["ä\0", '"ä\\u0000"'],
    ["\ud800", '"\\ud800"'],
    [[], "[]"],
    [[1, [null]], "[1,[null]]"],
    [{ b: 1, a: [{}] }, '{"b":1,"a":[{}]}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])("is kept as text: %j", (value, text) => {
    expect(encodeValue(value)).toBe(text);
    expect(again(value)).toEqual(value);
  });

  it("comes back as it was, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(again(value)).toEqual(value);
      }),
    );
  });
});

describe("a value that JSON would change", () => {
  const shared = { a: 1 };
  const cycle: unknown[] = [];
  cycle.push(cycle);

  it.each<[string, unknown]>([
    ["-0", -0],
    ["not a number", Number.NaN],
    ["infinity", [Infinity]],
    ["a bigint", 7n],
    ["a member that is undefined", { a: undefined }],
    ["an item that is undefined", [undefined]],
    ["a list with holes", Object.assign([], { 0: 1, 2: 3 })],
    ["a list with properties", "abc".match(/(?<letter>b)/)],
    ["a date", new Date(7)],
    ["no date", new Date(Number.NaN)],
    ["an expression", /a+/gu],
    [
      "a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [{ b: 2 }, [new Set([3])]],
      ]),
    ],
    ["a buffer", Buffer.from("abc")],
    ["bytes", new Uint8Array([1, 2])],
    ["numbers", new Float64Array([0.5, -0])],
    ["a view", new DataView(new ArrayBuffer(3))],
    ["an array buffer", new Uint16Array([1, 2]).buffer],
    ["one part in two places", [shared, shared]],
    ["a cycle", cycle],
  ])("is kept as bytes: %s", (_, value) => {
    expect(encodeValue(value)).toBeInstanceOf(Uint8Array);
    expect(again(value)).toEqual(value);
    expect(Object.getPrototypeOf(again(value))).toBe(Object.getPrototypeOf(value));
  });

  it("keeps its shared parts shared", () => {
    const [first, second] = again([shared, shared]) as object[];

    expect(first).toBe(second);
  });

  it("keeps errors, with their causes", () => {
    const error = again(new RangeError("too far", { cause: new Error("why") })) as RangeError;

    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "too far", cause: { message: "why" } });
  });

  it("comes back as it was, whatever it is", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });

    fc.assert(
      fc.property(anything, (value) => {
        expect(again(value)).toEqual(value);
      }),
    );
  });
});

it("undefined is kept as nothing at all", () => {
  expect(encodeValue(undefined)).toBeUndefined();
  expect(decodeValue(undefined)).toBeUndefined();
});

describe("a value that cannot be kept is refused by its path", () => {
  it.each<[unknown, string]>([
    [() => 1, "value is a function"],
    [[{ onDone: () => 1 }], "value[0].onDone is a function"],
    [{ "a b": [Symbol("s")] }, 'value["a b"][0] is a symbol'],
    [{ [Symbol("s")]: 1 }, "value has a property under a symbol"],
    [{ at: new Point() }, "value.at is an instance of Point, which would not come back as one"],
    [new Map([["at", new Point()]]), "value.at is an instance of Point, which would not come back as one"],
    [new Map([[new Point(), 1]]), 'value["key 0"] is an instance of Point, which would not come back as one'],
    [new Set([new Point()]), "value[0] is an instance of Point, which would not come back as one"],
    [new Error("x", { cause: () => 1 }), "value.cause is a function"],
    [Object.assign(new Error("x"), { code: 7 }), "value has a property code of its own, which would be lost"],
    [
      Object.assign("abc".match(/b/) ?? [], { at: new Point() }),
      "value.at is an instance of Point, which would not come back as one",
    ],
    [new (class extends Map {})(), "value is an object with a prototype of its own, which would not come back as one"],
    [Object.create(Date.prototype), "value is an instance of Date, which would not come back as one"],
    [Object.create({ a: 1 }), "value is an instance of Object, which would not come back as one"],
    [[Promise.resolve()], "value[0] is a promise: await it first"],
    [[new ComputeTask({ executable: "work" })], "value[0] is a task"],
    [[secret("hunter2")], "value[0] is a secret, which only `environment` takes"],
    [new SharedArrayBuffer(1), "value is an instance of SharedArrayBuffer, which would not come back as one"],
  ])("%o: %s", (value, message) => {
    expect(() => encodeValue(value)).toThrow(new TypeError(message));
  });

  it("when the engine cannot write it", () => {
    expect(() => encodeValue(new Proxy([new Map()], {}))).toThrow(/^value cannot be kept: .*could not be cloned/);
    expect(() => encodeValue(new Proxy([new Map()], {}))).toThrow(TypeError);
  });

  it("when it is nested deeper than the engine could read it", () => {
    expect(again(nested(400))).toEqual(nested(400));
    expect(() => encodeValue(nested(100_000))).toThrow(/^value\[0\].* is nested deeper than 500 levels$/);
  });

  it("when a getter throws", () => {
    const value = {
      get a(): never {
        throw new RangeError("no");
      },
    };

    expect(() => encodeValue(value)).toThrow(new TypeError("value cannot be kept: no"));
  });
});
