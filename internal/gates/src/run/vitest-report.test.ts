import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../root.ts";
import { failuresOf, tallyOf, type VitestReport } from "./vitest-report.ts";

const report = (fields: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 4,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...fields,
});

const name = join(ROOT, "packages/core/src/some.test.ts");
const unloadable = { name, status: "failed", message: "no such module", assertionResults: [] };

it("takes the counts from the runner's report", () => {
  expect(tallyOf(report({ numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }), 1)).toEqual({
    passed: 4,
    failed: 2,
    skipped: 2,
  });
});

it("counts a test file that could not be loaded as a failure", () => {
  expect(tallyOf(report({ testResults: [unloadable] }), 1)).toMatchObject({ failed: 1 });
});

it("counts an exit code that no test explains as a failure", () => {
  expect(tallyOf(report({}), 1)).toMatchObject({ passed: 4, failed: 1 });
});

it("counts a missing report as a failure, whatever the exit code", () => {
  expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it("names what failed, and why", () => {
  const assertionResults = [
    { status: "passed", fullName: "adds", failureMessages: [] },
    { status: "failed", fullName: "a session waits", failureMessages: ["expected 1 to be 2"] },
  ];
  const failed = { name, status: "failed", message: "", assertionResults };

  expect(failuresOf(report({ testResults: [failed, unloadable] }))).toEqual([
    "FAILED packages/core/src/some.test.ts > a session waits\nexpected 1 to be 2",
    "FAILED packages/core/src/some.test.ts\nno such module",
  ]);
});
