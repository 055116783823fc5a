import { checkArrows } from "./arrows/check-arrows.ts";
import { checkChangesets } from "./changesets/check-changesets.ts";
import { packSmokeStep } from "./pack-smoke/pack-smoke-step.ts";
import { pytestStep } from "./python/pytest-step.ts";
import { enginesStep, pythonLintStep, pythonTypesStep } from "./python/python-steps.ts";
import { checkReferences } from "./references/references.ts";
import { commandStep, problemStep } from "./run/command-step.ts";
import type { Step } from "./run/step.ts";
import { vitestStep } from "./run/vitest-step.ts";

/** Gates that need no build and take seconds each. */
export const FAST_STEPS: readonly Step[] = [
  problemStep("references", checkReferences),
  commandStep("types", ["tsc", "-b"]),
  commandStep("lint", ["oxlint"]),
  commandStep("format", ["oxfmt", "--check"]),
  problemStep("arrows", checkArrows),
  commandStep("unused", ["knip"]),
  commandStep("manifests", ["sherif", "--fail-on-warnings"]),
  problemStep("changesets", checkChangesets),
  enginesStep,
  pythonLintStep,
  pythonTypesStep,
];

const INTEGRATION = "**/*.integration.test.ts";

/** Every gate, in an order that shows the cheapest failure first. */
export const ALL_STEPS: readonly Step[] = [
  ...FAST_STEPS,
  pytestStep,
  vitestStep("unit tests", ["--exclude", INTEGRATION]),
  commandStep("build", ["turbo", "run", "build"]),
  // One file at a time: these start processes and watch the clock.
  vitestStep("integration tests", [".integration.test.ts", "--no-file-parallelism"]),
  commandStep("package lint", ["turbo", "run", "lint:package"], ["build"]),
  commandStep("docs", ["typedoc"]),
  packSmokeStep,
];
