import { join } from "node:path";
import { BackendError } from "@rhapsody/core";
import { compareVersions } from "./compare-versions.ts";
import { probePython, type PythonProbe } from "./probe-python.ts";
import type { PythonInstallation, PythonRequirement } from "./python-requirement.ts";

/** Oldest Python that will do. */
const LEAST_PYTHON = "3.10";

/** What {@link findPython} looks for. */
export interface FindPythonOptions {
  /** `Backend.name` of the instance that needs it, for errors. */
  readonly backend: string;
  /** Path of the interpreter, or a name to look up in `PATH`; absent means the first of those that {@link findPython} lists. */
  readonly python?: string | undefined;
  /** Modules that must be there. */
  readonly requires?: readonly PythonRequirement[] | undefined;
  /** Gives the search up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the Python to run an engine with, and checks that it has what the engine needs. Nothing of the engine is imported.
 *
 * The first that is there is the one: option `python`; the variable `RHAPSODY_PYTHON`; the active virtual environment (`VIRTUAL_ENV`, `CONDA_PREFIX`);
 * `python3` in `PATH`.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE` when there is none, it is older than 3.10, or modules are missing or too old: with the line that
 * installs all of them. The signal's reason when that is aborted.
 */
export async function findPython({
  backend,
  python,
  requires = [],
  signal,
}: FindPythonOptions): Promise<PythonInstallation> {
  signal?.throwIfAborted();
  const { path: candidate, from } = candidateOf(python);
  const unavailable = (message: string, cause?: unknown): BackendError =>
    new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause });
  let probe: PythonProbe;
  try {
    probe = await probePython(candidate, requires, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw unavailable(`${candidate} (${from}) cannot be used as Python: ${reasonOf(cause)}; ${HOW_TO_CHOOSE}`, cause);
  }
  const { path, version } = probe;
  if (compareVersions(version, LEAST_PYTHON) < 0) {
    throw unavailable(
      `${path} (${from}) is Python ${version}, and ${LEAST_PYTHON} or newer is needed; ${HOW_TO_CHOOSE}`,
    );
  }
  const missing = requires.flatMap((requirement) => {
    const found = probe.modules[requirement.module] ?? null;
    if (found === null) return [{ requirement, what: `has no module ${requirement.module}` }];
    if (isOldEnough(found, requirement)) return [];
    return [{ requirement, what: `has ${requirement.module} ${found}, which is older than ${requirement.version}` }];
  });
  if (missing.length > 0) {
    const what = missing.map((one) => one.what).join(", ");
    const installs = missing.map(({ requirement }) => `"${requirement.install}"`).join(" ");
    throw unavailable(`${path} (${from}) ${what}; install with: ${path} -m pip install ${installs}`);
  }
  const modules = requires.map(({ module }) => [module, probe.modules[module] ?? "unknown"] as const);
  return { path, version, modules: Object.fromEntries(modules) };
}

const HOW_TO_CHOOSE = "name another one by the option `python` or the variable RHAPSODY_PYTHON";

function candidateOf(python: string | undefined): { readonly path: string; readonly from: string } {
  if (python !== undefined) return { path: python, from: "option `python`" };
  const { RHAPSODY_PYTHON: ours, VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = process.env;
  if (ours) return { path: ours, from: "from RHAPSODY_PYTHON" };
  if (venv) return { path: join(venv, "bin", "python"), from: "from VIRTUAL_ENV" };
  if (conda) return { path: join(conda, "bin", "python"), from: "from CONDA_PREFIX" };
  return { path: "python3", from: "from PATH" };
}

function isOldEnough(found: string, { version }: PythonRequirement): boolean {
  return version === undefined || found === "unknown" || compareVersions(found, version) >= 0;
}

function reasonOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { code, killed, stderr, message } = error as {
    readonly code?: unknown;
    readonly killed?: boolean;
    readonly stderr?: unknown;
    readonly message?: unknown;
  };
  if (code === "ENOENT") return "it is not there";
  if (code === "EACCES") return "it may not be run";
  if (killed === true) return "it did not answer in time";
  const lines = typeof stderr === "string" ? stderr.trim() : "";
  return lines === "" ? String(message) : (lines.split("\n").at(-1) ?? lines);
}
