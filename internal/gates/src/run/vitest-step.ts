import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { RESULTS } from "../root.ts";
import { runCommand } from "./command.ts";
import { oneCheck, type Step, type Tally } from "./step.ts";

/** The counts in the report that vitest writes (`--reporter=json`), as of vitest 5. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** A test that hangs is ended by its own time limit; this is for a runner that does. Tests on an engine take most of it on a busy machine. */
const LIMIT_MS = 20 * 60_000;

/** A gate of vitest tests. It counts as many checks as the runner's own report has tests. */
export function vitestStep(name: string, args: readonly string[], needs: readonly string[] = []): Step {
  const report = join(RESULTS, `${name.replaceAll(/\W+/g, "-")}.json`);
  const command = ["vitest", "run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name,
    needs,
    run: async () => {
      await mkdir(RESULTS, { recursive: true });
      // A report left by an earlier run must never be mistaken for this one's.
      await rm(report, { force: true });
      const { exitCode, output } = await runCommand(command, { limitMs: LIMIT_MS });
      const text = await readFile(report, "utf8").catch(() => undefined);
      return { tally: tallyOf(text, exitCode), output: `$ ${command.join(" ")}\n${output}` };
    },
  };
}

/** Reads a report's counts; a runner that failed for another reason than a test (no report, a stray error) is one failure. */
export function tallyOf(reportText: string | undefined, exitCode: number): Tally {
  if (reportText === undefined) return oneCheck(false);
  // Vitest wrote the file for this command a moment ago.
  const report = JSON.parse(reportText) as VitestReport;
  const filesThatDidNotLoad = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + filesThatDidNotLoad;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
