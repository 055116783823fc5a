import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findPython } from "./find-python.ts";

const execute = promisify(execFile);

const RELEASES = ["rhapsody-py==0.6.0", "radical.asyncflow==0.6.0"];

/** The releases of the Python originals that are measured. */
export const UPSTREAM: string = RELEASES.join(" and ");

const HOME = fileURLToPath(new URL("../../.cache/upstream", import.meta.url));

/**
 * Makes a Python environment with upstream in it, once; later calls find it.
 *
 * @returns the path of its Python.
 * @throws Error with what to do when there is no Python, or PyPI cannot be reached.
 */
export async function upstreamPython(progress: (text: string) => void): Promise<string> {
  const python = join(HOME, "bin", "python");
  // Written last, so that an environment that was not finished is not taken for one.
  const finished = join(HOME, `${RELEASES.join("+")}.installed`);
  if (existsSync(finished)) return python;
  const base = await findPython();
  progress(`setting up ${UPSTREAM} with ${base}`);
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true });
  try {
    await execute(base, ["-m", "venv", HOME]);
    await execute(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...RELEASES]);
  } catch (cause) {
    const how = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new Error(`${UPSTREAM} cannot be installed; --without-upstream measures the rest.\n${how}`, { cause });
  }
  await writeFile(finished, "");
  return python;
}
