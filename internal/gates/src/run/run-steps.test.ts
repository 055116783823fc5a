import { expect, it } from "vitest";
import { describe as summarise, runSteps } from "./run-steps.ts";
import { oneCheck, type Step } from "./step.ts";

const step = (name: string, passed: boolean, needs: readonly string[] = []): Step => ({
  name,
  needs,
  run: () => Promise.resolve({ tally: oneCheck(passed), output: `output of ${name}` }),
});

it("sums what the steps report and skips only those that need a failed one", async () => {
  const lines: string[] = [];

  const total = await runSteps(
    [step("types", true), step("build", false), step("pack", true, ["build"]), step("lint", true)],
    (line) => lines.push(line),
  );

  expect(total).toEqual({ passed: 2, failed: 1, skipped: 1 });
  expect(lines.join("\n")).toContain("output of build");
  expect(lines.join("\n")).not.toContain("output of lint");
});

it("skips what needs a skipped step", async () => {
  const total = await runSteps([step("a", false), step("b", true, ["a"]), step("c", true, ["b"])], () => {});

  expect(total).toEqual({ passed: 0, failed: 1, skipped: 2 });
});

it("counts a step that throws as failed and goes on", async () => {
  const lines: string[] = [];
  const throws: Step = { name: "throws", run: () => Promise.reject(new Error("no such program")) };

  const total = await runSteps([throws, step("lint", true)], (line) => lines.push(line));

  expect(total).toEqual({ passed: 1, failed: 1, skipped: 0 });
  expect(lines.join("\n")).toContain("no such program");
});

it("names skipped checks only when there are any", () => {
  expect(summarise({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(summarise({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
