import { describe, expect, it } from "vitest";
import { openSession, program } from "../__fixtures__/open-session.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { findHandles, replaceHandles } from "./pending-values.ts";

async function handles(...uids: string[]): Promise<readonly TaskHandle[]> {
  return await openSession().session.submitTasks(uids.map((uid) => program(uid)));
}

function found(value: unknown): readonly string[] {
  const uids: string[] = [];
  findHandles(value, ({ uid }) => void uids.push(uid));
  return uids;
}

const byUid = ({ uid }: TaskHandle): string => `value of ${uid}`;

describe("finding tasks in a value", () => {
  it("looks into lists and plain objects at any depth, in order", async () => {
    const [a, b, c] = await handles("a", "b", "c");

    expect(found([1, [a, { x: { y: [b] } }], { z: c }])).toEqual(["a", "b", "c"]);
  });

  it("comes to an end in structures that contain themselves", async () => {
    const [a] = await handles("a");
    const ring: unknown[] = [a];
    ring.push(ring, { ring });

    expect(found(ring)).toEqual(["a"]);
  });

  it.each([
    ["dates", () => new Date(0)],
    ["maps", (task: unknown) => new Map([["x", task]])],
    ["sets", (task: unknown) => new Set([task])],
    [
      "class instances",
      (task: unknown) =>
        new (class Box {
          value = task;
        })(),
    ],
    ["functions", (task: unknown) => Object.assign(() => 1, { task })],
    ["bytes", () => new Uint8Array(3)],
  ])("takes %s whole", async (_, build) => {
    const [a] = await handles("a");
    const value = build(a);

    expect(found([value])).toEqual([]);
    expect(replaceHandles([value], byUid)).toEqual([value]);
  });

  it.each([null, undefined, 7, "a", true, 7n, Symbol.iterator])("leaves %s alone", (value) => {
    expect(found(value)).toEqual([]);
    expect(replaceHandles(value, byUid)).toBe(value);
  });
});

describe("replacing tasks in a value", () => {
  it("puts values where tasks stand", async () => {
    const [a, b] = await handles("a", "b");

    expect(replaceHandles({ x: a, list: [b, 1], rest: "same" }, byUid)).toEqual({
      x: "value of a",
      list: ["value of b", 1],
      rest: "same",
    });
  });

  it("does not change the structure given", async () => {
    const [a] = await handles("a");
    const given = { list: [a] };

    replaceHandles(given, byUid);

    expect(given.list[0]).toBe(a);
  });

  it("gives a structure without tasks as it is, not a copy", () => {
    const given = { list: [1, { x: 2 }] };

    expect(replaceHandles(given, byUid)).toBe(given);
  });

  it("keeps the shape of structures that contain themselves", async () => {
    const [a] = await handles("a");
    const ring: unknown[] = [a];
    ring.push(ring);

    const copy = replaceHandles(ring, byUid) as unknown[];

    expect(copy[0]).toBe("value of a");
    expect(copy[1]).toBe(copy);
  });

  it("keeps two places that share a structure sharing it", async () => {
    const [a] = await handles("a");
    const shared = { a };

    const [left, right] = replaceHandles([shared, shared], byUid) as unknown[];

    expect(left).toBe(right);
  });

  it("makes a key named __proto__ a property", async () => {
    const [a] = await handles("a");
    const given = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;

    const copy = replaceHandles({ given, a }, byUid) as { given: Record<string, unknown> };

    expect(Object.getPrototypeOf(copy.given)).toBe(Object.prototype);
    expect(Object.keys(copy.given)).toEqual(["__proto__"]);
    expect(copy.given["polluted"]).toBeUndefined();
  });

  it("keeps objects without a prototype without one", async () => {
    const [a] = await handles("a");
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { a });

    expect(Object.getPrototypeOf(replaceHandles(bare, byUid))).toBeNull();
  });

  it("does not take a value of a task for a structure to look into", async () => {
    const [a, b] = await handles("a", "b");

    expect(replaceHandles([a], () => [b])).toEqual([[b]]);
  });

  it("copes with nesting of any depth", async () => {
    const [a] = await handles("a");
    let nested: unknown = a;
    for (let depth = 0; depth < 50_000; depth += 1) nested = depth % 2 === 0 ? [nested] : { nested };

    const copy = replaceHandles(nested, byUid);

    // Printing it is what blows the stack, so the test compares by hand.
    expect(copy === nested).toBe(false);
  });
});
