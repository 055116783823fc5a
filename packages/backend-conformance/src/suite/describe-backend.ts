import { topics } from "../topics/index.ts";
import { SharedOpening } from "../trial/shared-opening.ts";
import { Trial, type TrialMeans } from "../trial/trial.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { create, type CreateBackend } from "./created-backend.ts";
import { toSettings, type Settings } from "./settings.ts";
import { checkNames, isNamed } from "./test-ids.ts";
import type { TestRunner } from "./test-runner.ts";
import { workKinds, type ConformanceTest, type Subject } from "./topic.ts";

/**
 * Registers the tests that a backend must pass, chosen by its capabilities.
 *
 * Every test has a fresh backend from `createBackend` and a temporary directory of its own, closes what it opened, and bounds every wait, saying what it
 * waited for. Ids in brackets at the end of the titles are stable; they are what `except` takes.
 *
 * @example
 * ```ts no-run
 * import { describeBackend } from "@rhapsody/backend-conformance";
 * import { NoopExecutionBackend } from "@rhapsody/core";
 * import { describe, it } from "vitest";
 *
 * describeBackend({ describe, it }, () => new NoopExecutionBackend(), { smallTasks: 1000 });
 * ```
 *
 * @param runner - Functions of the test runner.
 * @param createBackend - Called once for each test, and once to read the capabilities.
 * @throws TypeError when an option is wrong.
 */
export function describeBackend(
  runner: TestRunner,
  createBackend: CreateBackend,
  options: ConformanceOptions = {},
): void {
  const settings = toSettings(options);
  const shared = settings.opening === "shared" ? new SharedOpening(createBackend, settings) : undefined;
  if (shared !== undefined && runner.afterAll === undefined) {
    throw new TypeError('describeBackend: opening "shared" needs the runner\'s afterAll, to close what is shared');
  }
  runner.describe(settings.title, async () => {
    const subject = await readSubject(createBackend, settings);
    for (const { title, tests } of chooseTests(subject)) {
      runner.describe(title, () => {
        for (const test of tests) register(runner, test, { createBackend, settings, shared });
      });
    }
    if (shared !== undefined) runner.afterAll?.(() => shared.close());
  });
}

/** The tests to run, by topic, with their full ids. */
function chooseTests(
  subject: Subject,
): readonly { readonly title: string; readonly tests: readonly ConformanceTest[] }[] {
  const { only, except } = subject.settings;
  const groups = topics.map((topic) => ({
    title: topic.title,
    tests: topic.tests(subject).map((test) => ({ ...test, id: `${topic.id}/${test.id}` })),
  }));
  const ids = groups.flatMap(({ tests }) => tests.map(({ id }) => id));
  checkNames("except", [...except.keys()], ids);
  if (only === undefined) return groups.filter(({ tests }) => tests.length > 0);
  checkNames("only", only, ids);
  return groups
    .map(({ title, tests }) => ({ title, tests: tests.filter(({ id }) => isNamed(id, only)) }))
    .filter(({ tests }) => tests.length > 0);
}

/** Above any wait of the suite, each of which has its own bound and says what was missing; the runner's would only cut that off. */
const RUNNER_TIMEOUT_MS = 2 ** 31 - 1;

function register(runner: TestRunner, test: ConformanceTest, means: TrialMeans): void {
  const { id } = test;
  const reason = [...means.settings.except].find(([name]) => isNamed(id, [name]))?.[1];
  if (reason !== undefined) {
    runner.it(`${test.title} [${id}], left out: ${reason}`, { timeout: RUNNER_TIMEOUT_MS }, async (context) =>
      skip(context, reason),
    );
    return;
  }
  runner.it(`${test.title} [${id}]`, { timeout: RUNNER_TIMEOUT_MS }, async () => {
    const trial = await Trial.begin(means);
    try {
      await test.run(trial);
    } catch (error) {
      // What the test says matters more than what went wrong while clearing up after it.
      await trial.end().catch(() => {});
      throw error;
    }
    await trial.end();
  });
}

/** Tells the runner that a test was skipped, where its context can be told. */
function skip(context: unknown, reason: string): void {
  if (isSkippable(context)) context.skip(reason);
}

function isSkippable(context: unknown): context is { skip(reason: string): void } {
  return typeof context === "object" && context !== null && "skip" in context && typeof context.skip === "function";
}

async function readSubject(createBackend: CreateBackend, settings: Settings): Promise<Subject> {
  const created = await create(createBackend);
  try {
    const { capabilities } = created.backend;
    return { capabilities, kinds: workKinds(capabilities), settings };
  } finally {
    await created.cleanup?.();
  }
}
