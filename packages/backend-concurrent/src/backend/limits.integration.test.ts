import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it } from "vitest";
import { endOf, startHost } from "../__fixtures__/run-host.ts";

it.each([
  [600, 256],
  [10_000, 1024],
])("runs %i programs, handed over at once, under ulimit -n %i", { timeout: 240_000 }, async (count, limit) => {
  const workDir = temporaryDirectory();

  const { stdout, stderr } = await endOf(startHost("many-tasks.ts", [String(count), workDir], `ulimit -n ${limit};`));

  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({ right: count });
});
