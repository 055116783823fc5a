import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RESULTS } from "../root.ts";
import { runCommand } from "./command.ts";
import type { Step } from "./step.ts";
import { failuresOf, tallyOf, type VitestReport } from "./vitest-report.ts";

/** A test that hangs is ended by its own time limit; this is for a runner that does. Tests of processes take half of it on a busy machine. */
const LIMIT_MS = 60 * 60_000;

/** Lines of the runner's last words that are shown with a failure. */
const LAST_LINES = 80;

/** A gate of vitest tests. It counts as many checks as the runner's own report has tests. */
export function vitestStep(name: string, args: readonly string[], needs: readonly string[] = []): Step {
  const path = join(RESULTS, name.replaceAll(/\W+/g, "-"));
  const report = `${path}.json`;
  const command = ["vitest", "run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name,
    needs,
    run: async () => {
      await mkdir(RESULTS, { recursive: true });
      // A report left by an earlier run must never be mistaken for this one's.
      await rm(report, { force: true });
      const { exitCode, output } = await runCommand(command, { limitMs: LIMIT_MS });
      await writeFile(`${path}.log`, output);
      const written = await readReport(report);
      const failures = failuresOf(written);
      // With a stray error, or an end of the runner itself, no test tells what was wrong.
      const last = failures.length === 0 ? output.split("\n").slice(-LAST_LINES) : [];
      return {
        tally: tallyOf(written, exitCode),
        output: [`$ ${command.join(" ")}`, `all that it wrote: ${path}.log`, ...last, ...failures].join("\n"),
      };
    },
  };
}

async function readReport(path: string): Promise<VitestReport | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  // Vitest wrote the file for this command a moment ago.
  return text === undefined ? undefined : (JSON.parse(text) as VitestReport);
}
