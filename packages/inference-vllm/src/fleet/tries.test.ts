import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Call } from "./call.ts";
import { classifyAnswer } from "./classify.ts";
import { toFleetSettings } from "./fleet-options.ts";
import { Tries } from "./tries.ts";

const settings = toFleetSettings({ maxTries: 2, fullPatienceMs: 60_000 });
const full = classifyAnswer({ status: 503, text: "busy", replica: "a" });
const broken = classifyAnswer({ status: 500, text: "oh", replica: "a" });
const refused = classifyAnswer({ status: 400, text: "no", replica: "a" });

function triesOf(prompt: unknown): Tries {
  const call: Call = { path: "completions", body: { prompt }, cost: 1, prefix: "", owner: "me" };
  return new Tries(call, settings);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("allows as many requests to servers that are full as there is time, and counts them", () => {
  const tries = triesOf("hi");

  for (let request = 0; request < 20; request += 1) expect(tries.allow(full)).toBe(true);
  expect(tries.count).toBe(21);

  vi.advanceTimersByTime(60_000);
  expect(tries.allow(full)).toBe(false);
});

it("counts failures apart from full servers", () => {
  const tries = triesOf("hi");

  expect([full, broken, full, broken].map((refusal) => tries.allow(refusal))).toEqual([true, true, true, false]);
});

it("allows none after a refusal that the next answer would repeat", () => {
  expect(triesOf("hi").allow(refused)).toBe(false);
});

it("counts a list that is refused by a full server, which may be too long for its queue", () => {
  const tries = triesOf(["a", "b"]);

  expect([tries.allow(full), tries.allow(full)]).toEqual([true, false]);
});

it("pauses twice as long each time, up to five seconds", () => {
  const tries = triesOf("hi");
  const pauses = Array.from({ length: 8 }, () => (tries.allow(full), tries.pauseMs));

  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});
