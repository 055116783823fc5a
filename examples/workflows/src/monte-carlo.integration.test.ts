import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("adds tasks until the error is small enough", async () => {
  const rounds = (await runExample("monte-carlo.ts")).map((line) => {
    const [, tasks = "", pi = "", error = ""] = /: (\d+) tasks, π ≈ ([\d.]+) ± ([\d.]+)$/.exec(line) ?? [];
    return { tasks: Number(tasks), pi: Number(pi), error: Number(error) };
  });
  const last = rounds.at(-1);

  expect(rounds.length).toBeGreaterThan(2);
  expect(last?.error).toBeLessThanOrEqual(0.004);
  expect(Math.abs((last?.pi ?? 0) - Math.PI)).toBeLessThan(0.016);
  // The variance of one point is 4π − π², so this many points give that error, but for the estimate of the variance.
  expect(last?.tasks).toBeCloseTo((4 * Math.PI - Math.PI ** 2) / 0.004 ** 2 / 5_000, -1);
});
