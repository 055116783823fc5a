import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { enginePython } from "@rhapsody-internal/engines";
import { RESULTS } from "../root.ts";
import { runCommand } from "../run/command.ts";
import { oneCheck, type Step, type Tally } from "../run/step.ts";
import { enginesStep } from "./python-steps.ts";

/** The tests of the Python packages. It counts as many checks as the runner's own report has tests. */
export const pytestStep: Step = {
  name: "python tests",
  needs: [enginesStep.name],
  run: async () => {
    const report = join(RESULTS, "python-tests.xml");
    const python = await enginePython("python-tools");
    await mkdir(RESULTS, { recursive: true });
    // A report left by an earlier run must never be mistaken for this one's.
    await rm(report, { force: true });
    const command = ["pytest", `--junit-xml=${report}`];
    const { exitCode, output } = await runCommand([python, "-m", ...command]);
    const text = await readFile(report, "utf8").catch(() => undefined);
    return { tally: tallyOf(text, exitCode), output: `$ ${command.join(" ")}\n${output}` };
  },
};

/** Reads the counts of a JUnit report; a runner that failed for another reason than a test (no report, no test) is one failure. */
export function tallyOf(reportText: string | undefined, exitCode: number): Tally {
  const suite = /<testsuite [^>]*>/.exec(reportText ?? "")?.[0];
  if (suite === undefined) return oneCheck(false);
  const count = (attribute: string): number => Number(new RegExp(` ${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return {
    passed: count("tests") - failed - skipped,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped,
  };
}
