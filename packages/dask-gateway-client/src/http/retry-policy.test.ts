import { describe, expect, it } from "vitest";
import { isPassing, isTransient, pauseMs } from "./retry-policy.ts";

describe("retry policy", () => {
  it("pauses at random for up to twice as long each time, and no longer than allowed", () => {
    const policy = { minDelayMs: 100, maxDelayMs: 1_000 };

    for (const [failures, longest] of [
      [1, 100],
      [2, 200],
      [4, 800],
      [5, 1_000],
      [2_000, 1_000],
    ] as const) {
      const pauses = Array.from({ length: 50 }, () => pauseMs(policy, failures));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(longest);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(longest / 2);
    }
  });

  it.each([
    ["ECONNREFUSED", true, true],
    ["UND_ERR_CONNECT_TIMEOUT", true, true],
    ["ECONNRESET", true, false],
    ["UND_ERR_SOCKET", true, false],
    ["ENOTFOUND", false, false],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", false, false],
    [undefined, false, false],
  ])("takes %s for passing: %s, and for what may not be done twice: %s", (code, repeatable, not) => {
    expect([isTransient(code, true), isTransient(code, false)]).toEqual([repeatable, not]);
  });

  it.each([
    [429, true, true],
    [502, true, false],
    [504, true, false],
    [500, false, false],
  ])("takes status %i for passing: %s, and for what may not be done twice: %s", (status, repeatable, not) => {
    expect([isPassing(status, true), isPassing(status, false)]).toEqual([repeatable, not]);
  });
});
