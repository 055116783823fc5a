import { expect, it } from "vitest";
import { replaceParts, type Replace } from "./replace-parts.ts";

class Mark {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

const marks: Replace = (part) => (part instanceof Mark ? { value: part.value } : undefined);

it("replaces parts at any depth, and copies only what leads to them", () => {
  const whole = { kept: [1] };
  const value = { list: [new Mark(1), { deep: new Mark(undefined) }], whole, date: new Date(0) };

  const replaced = replaceParts(value, marks) as typeof value;

  expect(replaced).toEqual({ list: [1, { deep: undefined }], whole, date: new Date(0) });
  expect(replaced.date).toBe(value.date);
  expect(value.list[0]).toBeInstanceOf(Mark);
});

it("gives a value without such parts back as it is", () => {
  const value = { list: [1, { a: null }] };

  expect(replaceParts(value, marks)).toBe(value);
  expect(replaceParts(7, marks)).toBe(7);
});

it("keeps the shape of values that hold themselves, and of keys such as __proto__", () => {
  const value: { self?: unknown; mark: unknown } = { mark: new Mark(1) };
  value.self = value;
  const odd = JSON.parse('{"__proto__": [null]}') as { __proto__: unknown[] };
  odd.__proto__[0] = new Mark(2);

  const replaced = replaceParts(value, marks) as typeof value;

  expect(replaced.self).toBe(replaced);
  expect(replaced.mark).toBe(1);
  expect(JSON.stringify(replaceParts(odd, marks))).toBe('{"__proto__":[2]}');
});

it("goes deeper than calls can", () => {
  let value: unknown = new Mark("end");
  for (let depth = 0; depth < 50_000; depth += 1) value = [value];

  let replaced = replaceParts(value, marks);
  while (Array.isArray(replaced)) [replaced] = replaced as unknown[];

  expect(replaced).toBe("end");
});

it("takes lists longer than calls may have arguments", () => {
  const list = Array.from({ length: 300_000 }, () => ({}));

  expect((replaceParts([...list, new Mark(1)], marks) as unknown[]).at(-1)).toBe(1);
});
