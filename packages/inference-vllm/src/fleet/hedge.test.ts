import { describe, expect, it } from "vitest";
import type { Attempt } from "./answer.ts";
import { hedge } from "./hedge.ts";

describe("hedge", () => {
  it("waits for the only server when there is no other", async () => {
    const late = Promise.withResolvers<void>();

    const attempt = await hedge({
      first: () => late.promise.then(() => answer),
      second: () => {
        late.resolve();
        return undefined;
      },
      afterMs: 1,
      signal: undefined,
    });

    expect(attempt).toBe(answer);
  });

  it("asks nobody else when the answer is in time", async () => {
    let asked = 0;

    await hedge({
      first: () => Promise.resolve(answer),
      second: () => void (asked += 1),
      afterMs: 60_000,
      signal: undefined,
    });

    expect(asked).toBe(0);
  });
});

const answer: Attempt = { reply: { body: {}, replica: "one", latencyMs: 1, firstByteMs: 1, text: "{}" } };
