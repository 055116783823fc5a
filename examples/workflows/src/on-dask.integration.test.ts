import { enginePython } from "@rhapsody-internal/engines";
import { expect, it, vi } from "vitest";
import { runExample } from "./run-example.ts";

// Each runs as it is, with another backend in the line that makes it.
const onDask = ["--import", new URL("./__fixtures__/on-dask.ts", import.meta.url).href];

it("runs a workflow of programs on Dask", async () => {
  vi.stubEnv("RHAPSODY_PYTHON", await enginePython("dask"));

  expect(await runExample("three-programs.ts", onDask)).toEqual(["sum 499500, 500 even numbers"]);
});

it("runs a loop over functions of a JavaScript module on Dask", async () => {
  vi.stubEnv("RHAPSODY_PYTHON", await enginePython("dask"));

  const rounds = await runExample("monte-carlo.ts", onDask);

  expect(rounds.length).toBeGreaterThan(2);
  expect(rounds.at(-1)).toMatch(/π ≈ 3\.1[34]/);
});
