import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { endOf, startHost } from "../__fixtures__/run-host.ts";

it.each([
  [600, 256],
  [10_000, 1024],
])("runs %i programs, handed over at once, under ulimit -n %i", { timeout: 240_000 }, async (count, limit) => {
  const workDir = mkdtempSync(join(tmpdir(), "rhapsody-test-"));
  onTestFinished(() => rmSync(workDir, { recursive: true }));

  const { stdout, stderr } = await endOf(startHost("many-tasks.ts", [String(count), workDir], `ulimit -n ${limit};`));

  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({ right: count });
});
