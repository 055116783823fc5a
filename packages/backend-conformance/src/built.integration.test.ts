import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { capabilitiesFor } from "./__fixtures__/faults/fault.ts";
import { ReferenceBackend } from "./__fixtures__/reference/reference-backend.ts";
import { runSuite } from "./__fixtures__/run-suite.ts";
import type * as suite from "./index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

it("finds its module functions when it is built", async () => {
  // Inside the package, from where @rhapsody/core is found.
  const directory = mkdtempSync(`${root}node_modules/.built-`);
  onTestFinished(() => rmSync(directory, { recursive: true }));
  execFileSync("tsup", ["--silent", "--out-dir", directory], { cwd: root, env: { ...process.env, PATH: binaries() } });
  // The built file has the exports of its source.
  const { describeBackend } = (await import(pathToFileURL(`${directory}/index.js`).href)) as typeof suite;

  const report = await runSuite(
    () => new ReferenceBackend(capabilitiesFor(["module"])),
    { only: ["states/done", "function-context", "function-failures/no-function"] },
    describeBackend,
  );

  expect([...report.failed]).toEqual([]);
  expect(report.passed).toHaveLength(3);
});

function binaries(): string {
  return `${root}../../node_modules/.bin:${process.env["PATH"] ?? ""}`;
}
