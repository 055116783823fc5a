import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { findPython } from "./find-python.ts";

const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const distributed = { module: "distributed", install: "distributed>=2024.1", version: "2024.1" };
const gateway = { module: "dask_gateway", install: "dask-gateway>=2025.1", version: "2025.1" };

/** An interpreter to the eye, which runs a shell script. */
function impostor(script: string, path = join(temporaryDirectory(), "python3")): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const answer = (version: string): string => `echo '{"path": "'$0'", "version": "${version}", "modules": {}}'`;

function stubEnvironment(variables: Readonly<Record<string, string>>): void {
  const none = { RHAPSODY_PYTHON: undefined, VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined };
  for (const [name, value] of Object.entries({ ...none, ...variables })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe("findPython", () => {
  it("tells the versions of Python and of the modules", async () => {
    const python = await enginePython("dask");

    const installation = await findPython({ backend: "b", python, requires: [distributed, gateway] });

    expect(installation).toEqual({
      path: python,
      version: matching(/^3\.\d+\.\d+$/),
      modules: { distributed: matching(/^20\d\d\./), dask_gateway: matching(/^20\d\d\./) },
    });
  });

  it.each([
    ["RHAPSODY_PYTHON", ["RHAPSODY_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"], "ours"],
    ["VIRTUAL_ENV", ["VIRTUAL_ENV", "CONDA_PREFIX"], "venv/bin/python"],
    ["CONDA_PREFIX", ["CONDA_PREFIX"], "conda/bin/python"],
    ["PATH", [], "path/python3"],
  ])("prefers %s to what comes after it", async (_, names, expected) => {
    const root = temporaryDirectory();
    for (const place of ["ours", "venv/bin/python", "conda/bin/python", "path/python3"]) {
      impostor(answer("3.12.0"), join(root, place));
    }
    const places = { RHAPSODY_PYTHON: "ours", VIRTUAL_ENV: "venv", CONDA_PREFIX: "conda" };
    const set = Object.entries(places).filter(([name]) => names.includes(name));
    const variables = set.map(([name, place]) => [name, join(root, place)] as const);
    stubEnvironment({ ...Object.fromEntries(variables), PATH: `${join(root, "path")}:${process.env["PATH"]}` });

    const { path } = await findPython({ backend: "b" });

    expect(path).toBe(join(root, expected));
  });

  it("prefers the option to everything", async () => {
    stubEnvironment({ RHAPSODY_PYTHON: "/nowhere" });
    const python = impostor(answer("3.10.0"));

    expect(await findPython({ backend: "b", python })).toMatchObject({ path: python, version: "3.10.0" });
  });

  it("names all that is missing or too old, with the line that installs it", async () => {
    const python = await enginePython("dask");
    const requires = [
      distributed,
      { module: "rhapsody_no_such.inner", install: "no-such[all]>=1" },
      { module: "dask_gateway", install: "dask-gateway>=9999", version: "9999.1" },
    ];

    const error = await rejectionOf(findPython({ backend: "b", python, requires }));

    expect(error).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: matching(
        /^\[b\] \S+ \(option `python`\) has no module rhapsody_no_such\.inner, has dask_gateway \S+, which is older than 9999\.1; install with: \S+ -m pip install "no-such\[all\]>=1" "dask-gateway>=9999"$/,
      ),
    });
  });

  it.each([
    ["is not there", () => "/nowhere/python", "it is not there"],
    ["may not be run", () => fileURLToPath(import.meta.url), "it may not be run"],
    ["is no Python", () => impostor("echo hello"), 'it is no Python 3: asked to run a script, it said "hello"'],
    ["cannot start", () => impostor("echo 'cannot load libpython' >&2; exit 1"), "cannot load libpython"],
    ["is too old", () => impostor(answer("3.9.18")), "is Python 3.9.18, and 3.10 or newer is needed"],
  ])("refuses an interpreter that %s", async (_, python, message) => {
    const error = await rejectionOf(findPython({ backend: "b", python: python() }));

    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE", message: containing(message) });
    expect(error).toMatchObject({ message: containing("RHAPSODY_PYTHON") });
  });

  it("gives up when it is told to", async () => {
    const signal = AbortSignal.timeout(50);
    const python = impostor("exec sleep 600");

    expect(await rejectionOf(findPython({ backend: "b", python, signal }))).toMatchObject({ name: "TimeoutError" });
  });
});
