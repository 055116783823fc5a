import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WaitingLine } from "./waiting-line.ts";

const any = (): boolean => true;

describe("WaitingLine", () => {
  it("lets owners take turns, and each owner's items go in order", () => {
    const line = new WaitingLine<{ owner: string; n: number }>(100);
    for (const n of [1, 2, 3]) line.push({ owner: "many", n });
    line.push({ owner: "one", n: 4 });

    const taken = Array.from({ length: 4 }, () => line.take(any)?.n);

    expect(taken).toEqual([1, 4, 2, 3]);
  });

  it("passes over an owner whose first item is not wanted", () => {
    const line = new WaitingLine<{ owner: string; n: number }>(100);
    line.push({ owner: "a", n: 1 });
    line.push({ owner: "b", n: 2 });

    expect(line.take(({ n }) => n === 2)?.n).toBe(2);
    expect(line.take(({ n }) => n === 2)).toBeUndefined();
    expect(line.size).toBe(1);
  });

  it("refuses what is beyond its bound", () => {
    const line = new WaitingLine<{ owner: string }>(1);

    expect([line.push({ owner: "a" }), line.push({ owner: "b" })]).toEqual([true, false]);
  });

  it("takes as quickly from a long line as from a short one", () => {
    const count = 400_000;
    const line = new WaitingLine<{ owner: string; n: number }>(count);
    for (let n = 0; n < count; n += 1) line.push({ owner: "many", n });

    const startedAt = performance.now();
    for (let n = 0; n < count; n += 1) assert.equal(line.take(any)?.n, n);

    expect(line.size).toBe(0);
    // A minute when each take steps over all that were taken before.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it("loses nothing and gives nothing twice, whatever leaves in between", () => {
    const command = fc.record({
      what: fc.constantFrom("push", "take", "delete"),
      owner: fc.constantFrom("a", "b", "c"),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const line = new WaitingLine<{ owner: string }>(1_000);
        const inside = new Set<{ owner: string }>();
        for (const { what, owner } of commands) {
          const [oldest] = inside;
          if (what === "push") {
            const item = { owner };
            line.push(item);
            inside.add(item);
          } else if (what === "take") {
            const item = line.take(any);
            assert.equal(item === undefined, inside.size === 0);
            if (item !== undefined) assert.ok(inside.delete(item));
          } else if (oldest !== undefined) {
            line.delete(oldest);
            inside.delete(oldest);
          }
          expect(line.size).toBe(inside.size);
        }
        expect(new Set(line.drain())).toEqual(inside);
      }),
    );
  });
});
