import { relative } from "node:path";
import { ROOT } from "../root.ts";
import { oneCheck, type Tally } from "./step.ts";

/** The report that vitest writes (`--reporter=json`), as far as it is read here; as of vitest 5. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  /** Absolute path. */
  readonly name: string;
  readonly status: string;
  /** Why it could not be loaded; empty otherwise. */
  readonly message: string;
  readonly assertionResults: readonly VitestTest[];
}

interface VitestTest {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

/** Reads a report's counts; a runner that failed for another reason than a test (no report, a stray error) is one failure. */
export function tallyOf(report: VitestReport | undefined, exitCode: number): Tally {
  if (report === undefined) return oneCheck(false);
  const failed = report.numFailedTests + report.testResults.filter(didNotLoad).length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What failed and why, a paragraph each; empty when no test explains a failure. */
export function failuresOf(report: VitestReport | undefined): readonly string[] {
  return (report?.testResults ?? []).flatMap((file) => {
    const path = relative(ROOT, file.name);
    if (didNotLoad(file)) return [`FAILED ${path}\n${file.message}`];
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    return failed.map(({ fullName, failureMessages }) =>
      [`FAILED ${path} > ${fullName}`, ...failureMessages].join("\n"),
    );
  });
}

function didNotLoad({ status, assertionResults }: VitestFile): boolean {
  return status === "failed" && assertionResults.length === 0;
}
