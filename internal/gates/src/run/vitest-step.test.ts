import { expect, it } from "vitest";
import { tallyOf, type VitestReport } from "./vitest-step.ts";

const report = (fields: Partial<VitestReport>): string =>
  JSON.stringify({
    numPassedTests: 4,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...fields,
  });

it("takes the counts from the runner's report", () => {
  expect(tallyOf(report({ numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }), 1)).toEqual({
    passed: 4,
    failed: 2,
    skipped: 2,
  });
});

it("counts a test file that could not be loaded as a failure", () => {
  expect(tallyOf(report({ testResults: [{ status: "failed", assertionResults: [] }] }), 1)).toMatchObject({
    failed: 1,
  });
});

it("counts an exit code that no test explains as a failure", () => {
  expect(tallyOf(report({}), 1)).toMatchObject({ passed: 4, failed: 1 });
});

it("counts a missing report as a failure, whatever the exit code", () => {
  expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
