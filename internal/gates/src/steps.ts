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
  integrationStep("integration tests", ["!backend-dask", "!dask-gateway-client", "!inference-vllm", "!inference"]),
  integrationStep("tests on Dask", ["backend-dask", "dask-gateway-client"], [enginesStep.name]),
  // The first of them installs it.
  integrationStep("tests on vLLM", ["inference-vllm", "inference"]),
  commandStep("package lint", ["turbo", "run", "lint:package"], ["build"]),
  commandStep("docs", ["typedoc"]),
  packSmokeStep,
];

/** Tests that start processes and watch the clock: one file at a time; one step for each engine, so that none uses up another's time. */
function integrationStep(name: string, projects: readonly string[], needs: readonly string[] = []): Step {
  const chosen = projects.map((project) => `--project=${project}`);
  return vitestStep(name, [".integration.test.ts", "--no-file-parallelism", ...chosen], needs);
}
