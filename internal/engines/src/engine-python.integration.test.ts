import { globSync } from "node:fs";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it, vi } from "vitest";
import { enginePython } from "./engine-python.ts";
import { findPython } from "./find-python.ts";
import { run } from "./run.ts";

it("has the engines in it", async () => {
  const python = await enginePython("dask");

  const versions = await run(python, [
    "-c",
    "import distributed, dask_gateway as g; print(distributed.__version__, g.__version__)",
  ]);

  expect(versions.trim()).toBe("2026.8.0 2026.3.0");
});

it("says what to do when PyPI cannot be reached, and leaves nothing that is taken for an environment", async () => {
  const engines = temporaryDirectory();
  vi.stubEnv("RHAPSODY_ENGINES_DIR", engines);
  vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
  vi.stubEnv("PIP_FIND_LINKS", "");
  vi.stubEnv("PIP_RETRIES", "0");
  const lines: string[] = [];

  const failure = enginePython("upstream", { progress: (line) => lines.push(line) });

  await expect(failure).rejects.toThrow(/PIP_INDEX_URL.*HTTPS_PROXY.*RHAPSODY_ENGINES_DIR/s);
  expect(lines[0]).toContain("installing rhapsody-py");
  expect(globSync("*/complete", { cwd: engines })).toEqual([]);
  // Two environments are made, each with pip in it.
}, 600_000);

it.each([
  ["there is none", "/nowhere/python", "3.10", /\/nowhere\/python: not found.*Install one/s],
  ["it is too old", "python3", "3.99", /no Python 3\.99 or later.*python3: 3\.\d+\.\d+ is too old/s],
] as const)("says what to do about Python when %s", async (_title, python, minimum, message) => {
  vi.stubEnv("RHAPSODY_PYTHON", python);

  await expect(findPython(minimum)).rejects.toThrow(message);
});
