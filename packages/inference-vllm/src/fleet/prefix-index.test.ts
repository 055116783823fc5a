import { describe, expect, it } from "vitest";
import { beginningsOf, PrefixIndex } from "./prefix-index.ts";

describe("PrefixIndex", () => {
  it("finds the replica that was sent the longest beginning", () => {
    const index = new PrefixIndex();
    const system = "s".repeat(512);
    index.sent(beginningsOf(system), "a");
    index.sent(beginningsOf(`${system}${"x".repeat(512)}`), "b");

    // The shared part was sent to b last.
    expect(index.find(beginningsOf(system))).toBe("b");
    expect(index.find(beginningsOf(`${system}${"x".repeat(256)}and more${"y".repeat(300)}`))).toBe("b");
  });

  it("knows nothing of beginnings shorter than a block, or of others", () => {
    const index = new PrefixIndex();
    index.sent(beginningsOf("short"), "a");
    index.sent(beginningsOf("x".repeat(256)), "a");

    expect(beginningsOf("short")).toEqual([]);
    expect(index.find(beginningsOf("short"))).toBeUndefined();
    expect(index.find(beginningsOf(`y${"x".repeat(256)}`))).toBeUndefined();
  });

  it("forgets what was not used for longest", () => {
    const index = new PrefixIndex(2);
    const [one, two, three] = ["1", "2", "3"].map((text) => beginningsOf(text.repeat(256)));
    index.sent(one!, "a");
    index.sent(two!, "a");
    index.sent(one!, "a");

    index.sent(three!, "a");

    expect([one, two, three].map((beginnings) => index.find(beginnings!))).toEqual(["a", undefined, "a"]);
  });

  it("forgets as quickly when it remembers much", () => {
    const index = new PrefixIndex();
    const [count, startedAt] = [2_000_000, performance.now()];
    for (let hash = 0; hash < count; hash += 1) index.sent([hash], "a");

    expect(index.find([0])).toBeUndefined();
    expect(index.find([count - 16_384])).toBe("a");
    expect(index.find([count - 16_385])).toBeUndefined();
    // Half a minute when each steps over all that was forgotten before.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it("forgets a replica that is gone", () => {
    const index = new PrefixIndex();
    const beginnings = beginningsOf("x".repeat(256));
    index.sent(beginnings, "a");

    index.forget("a");

    expect(index.find(beginnings)).toBeUndefined();
  });

  it("looks at a bounded part of a prompt", () => {
    expect(beginningsOf("x".repeat(1_000_000))).toHaveLength(16);
  });
});
