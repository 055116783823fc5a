import { expect, it } from "vitest";
import { tallyOf } from "./pytest-step.ts";

const report = (counts: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" ${counts} time="0.1"></testsuite></testsuites>`;

it("takes the counts from the runner's report", () => {
  expect(tallyOf(report('errors="1" failures="2" skipped="3" tests="10"'), 1)).toEqual({
    passed: 4,
    failed: 3,
    skipped: 3,
  });
});

it("counts an exit code that no test explains as a failure, e.g. that of a run without tests", () => {
  expect(tallyOf(report('errors="0" failures="0" skipped="0" tests="0"'), 5)).toMatchObject({ passed: 0, failed: 1 });
});

it("counts a missing or cut report as a failure, whatever the exit code", () => {
  expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(tallyOf("<?xml", 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
