import { describe, expect, it } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

describe("the pause before an attempt", () => {
  it.each([
    [{ attempts: 9 }, [0, 0, 0]],
    [{ attempts: 9, delayMs: 100 }, [100, 200, 400, 800]],
    [{ attempts: 9, delayMs: 100, factor: 1 }, [100, 100, 100]],
    [{ attempts: 9, delayMs: 10, factor: 10 }, [10, 100, 1000, 10_000, 60_000, 60_000]],
    [{ attempts: 9, delayMs: 100, maxDelayMs: 250 }, [100, 200, 250, 250]],
    [{ attempts: 9, delayMs: 100, maxDelayMs: 50 }, [50, 50]],
    [{ attempts: 9, delayMs: 90_000 }, [60_000, 60_000]],
  ])("grows by the policy %j: %j", (policy, pauses) => {
    expect(pauses.map((_, index) => retryDelayMs(policy, index + 1))).toEqual(pauses);
  });

  it("draws the share of jitter at random, downwards only", () => {
    const policy = { attempts: 9, delayMs: 1000, jitter: 0.25 };

    expect(retryDelayMs(policy, 1, () => 0)).toBe(1000);
    expect(retryDelayMs(policy, 1, () => 1)).toBe(750);
    for (let draw = 0; draw < 100; draw += 1) {
      const pause = retryDelayMs(policy, 2);
      expect(pause).toBeGreaterThanOrEqual(1500);
      expect(pause).toBeLessThanOrEqual(2000);
    }
  });

  it.each([{}, { delayMs: 0 }, { delayMs: 100 }, { delayMs: 100, factor: 10 }, { factor: 1.5 }])(
    "is a number after any number of failures: %j",
    (fields) => {
      for (const failed of [1, 100, 1024, 1025, 1_000_000]) {
        const pause = retryDelayMs({ attempts: Infinity, ...fields }, failed);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(60_000);
      }
    },
  );
});
