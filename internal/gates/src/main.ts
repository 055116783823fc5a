import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fix } from "./fix.ts";
import { RESULTS } from "./root.ts";
import { describe, runSteps } from "./run/run-steps.ts";
import { ALL_STEPS, FAST_STEPS } from "./steps.ts";

const [command = "", ...names] = process.argv.slice(2);

// Commands run in process groups of their own, which end with this process; the terminal does not reach them.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

if (command === "fix") {
  process.exitCode = await fix();
} else {
  const steps = command === "check" ? FAST_STEPS : ALL_STEPS;
  const chosen = names.length === 0 ? steps : steps.filter((step) => names.includes(step.name));
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (!["check", "test"].includes(command) || unknown.length > 0) {
    const known = ALL_STEPS.map((step) => `"${step.name}"`).join(" ");
    console.error(`Usage: pnpm check|test [step ...]\nSteps: ${known}`);
    process.exit(2);
  }
  const total = await runSteps(chosen, (line) => console.log(line));
  process.exitCode = total.failed === 0 ? 0 : 1;
  const summary = describe(total);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, "summary.txt"), `${summary}\n`);
  console.log(summary);
}
