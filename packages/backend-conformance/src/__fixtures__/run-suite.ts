import type { CreateBackend } from "../suite/created-backend.ts";
import type { ConformanceOptions } from "../suite/conformance-options.ts";
import { describeBackend as describeFromSource } from "../suite/describe-backend.ts";

/** What became of the tests of one suite, by id. */
export interface SuiteReport {
  readonly passed: readonly string[];
  readonly failed: ReadonlyMap<string, unknown>;
  readonly skipped: ReadonlyMap<string, string>;
}

/** Runs the suite under a runner that only collects and counts, one test at a time. */
export async function runSuite(
  createBackend: CreateBackend,
  options: ConformanceOptions,
  describeBackend: typeof describeFromSource = describeFromSource,
): Promise<SuiteReport> {
  const groups: Promise<void>[] = [];
  const tests: { readonly id: string; readonly body: (context: unknown) => Promise<void> }[] = [];
  const after: (() => Promise<void>)[] = [];
  describeBackend(
    {
      describe: (_, body) => groups.push(Promise.resolve(body())),
      it: (title, _, body) => tests.push({ id: /\[([^\]]+)\]/.exec(title)?.[1] ?? title, body }),
      afterAll: (body) => after.push(body),
    },
    createBackend,
    options,
  );
  await Promise.all(groups);
  const passed: string[] = [];
  const failed = new Map<string, unknown>();
  const skipped = new Map<string, string>();
  for (const { id, body } of tests) {
    try {
      await body({ skip: (reason: string) => skipped.set(id, reason) });
      if (!skipped.has(id)) passed.push(id);
    } catch (error) {
      failed.set(id, error);
    }
  }
  for (const body of after) await body();
  return { passed, failed, skipped };
}
