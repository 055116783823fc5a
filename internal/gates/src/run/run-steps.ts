import type { Step, StepOutcome, Tally } from "./step.ts";
import { oneCheck } from "./step.ts";

/**
 * Runs the steps one after another (two would fight for the cores and blur each other's times), printing each result
 * as it comes. A failed step does not stop the others, except those that need it: they count as skipped.
 *
 * @returns The sum over all steps. A gate without tests of its own counts as one check, a test runner as many as it
 * reports.
 */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<Tally> {
  const broken = new Set<string>();
  let total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const missing = step.needs?.find((name) => broken.has(name));
    if (missing !== undefined) {
      broken.add(step.name);
      total = add(total, { passed: 0, failed: 0, skipped: 1 });
      print(`- ${step.name}: skipped, it needs "${missing}"`);
      continue;
    }

    print(`  ${step.name} ...`);
    const startedAt = performance.now();
    const outcome = await step.run((line) => print(`    ${line}`)).catch(crashed);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    total = add(total, outcome.tally);
    if (outcome.tally.failed === 0) {
      print(`✓ ${step.name} (${describe(outcome.tally)}) ${seconds} s`);
      continue;
    }
    broken.add(step.name);
    print(`✗ ${step.name} (${describe(outcome.tally)}) ${seconds} s\n${outcome.output.trimEnd()}\n`);
  }
  return total;
}

/** `12 passed, 1 failed`, and `, 3 skipped` when there are any. */
export function describe(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

function add(left: Tally, right: Tally): Tally {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

function crashed(error: unknown): StepOutcome {
  return { tally: oneCheck(false), output: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
