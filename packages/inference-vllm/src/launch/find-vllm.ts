import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { BackendError } from "@rhapsody/core";
import type { LaunchSettings } from "./launch-options.ts";

/**
 * The path of the program `vllm`: option `executable`; beside the Python of option `python`; beside that of `RHAPSODY_PYTHON`; of the active environment
 * (`VIRTUAL_ENV`, `CONDA_PREFIX`); in `PATH`. The first that is named has to have it.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE`: there is none, and how to install it.
 */
export async function findVllm(backend: string, { executable, python }: LaunchSettings): Promise<string> {
  const unavailable = (where: string, install: string): BackendError => {
    const message = `there is no program vllm ${where}; install it with \`${install}\`, or name it by the option executable`;
    return new BackendError("BACKEND_UNAVAILABLE", { backend, message });
  };
  if (executable !== undefined) {
    const path = await inPath(executable);
    if (path !== undefined) return path;
    const message = `the program ${executable} (option executable) is not there, or may not be run`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message });
  }
  const named = python ?? fromEnvironment("RHAPSODY_PYTHON");
  if (named !== undefined) {
    const interpreter = await inPath(named);
    const beside = interpreter === undefined ? undefined : await runnable(join(dirname(interpreter), "vllm"));
    if (beside !== undefined) return beside;
    const from = python === undefined ? "from RHAPSODY_PYTHON" : "option python";
    throw unavailable(`beside ${named} (${from})`, `${named} -m pip install vllm`);
  }
  const active = fromEnvironment("VIRTUAL_ENV") ?? fromEnvironment("CONDA_PREFIX");
  const found =
    (active === undefined ? undefined : await runnable(join(active, "bin", "vllm"))) ?? (await inPath("vllm"));
  if (found !== undefined) return found;
  throw unavailable(active ? `in ${active} or in PATH` : "in PATH", "python3 -m pip install vllm");
}

function fromEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/** The absolute path of a program that is given by its path, or by its name in `PATH`. */
async function inPath(program: string): Promise<string | undefined> {
  if (program.includes("/")) return runnable(resolve(program));
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = directory === "" ? undefined : await runnable(join(directory, program));
    if (path !== undefined) return path;
  }
  return undefined;
}

async function runnable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}
