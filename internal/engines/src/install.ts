import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { home } from "./paths.ts";
import { run } from "./run.ts";
import { withLock } from "./with-lock.ts";

/** Installs packages into an environment that is there and empty, or makes one. */
export type Fill = (folder: string) => Promise<void>;

/**
 * Makes a folder once, also when several processes ask at once: `fill` runs in the first of them, and again only when it
 * did not end. Environments hold their own path, so that they cannot be made elsewhere and moved here.
 *
 * @param python - Any Python, for the lock.
 */
export async function once(python: string, name: string, fill: Fill): Promise<string> {
  const folder = join(home(), name);
  // Written last: an environment that was not finished is not taken for one.
  const complete = join(folder, "complete");
  if (existsSync(complete)) return folder;
  await mkdir(home(), { recursive: true });
  return withLock(python, `${folder}.lock`, async () => {
    if (existsSync(complete)) return folder;
    await rm(folder, { recursive: true, force: true });
    await fill(folder);
    await writeFile(complete, "");
    return folder;
  });
}

/** The Python of an environment. */
export function pythonOf(folder: string): string {
  return join(folder, "bin", "python");
}

/** Makes an environment with pip in it, and installs by it. */
export async function installWithPip(python: string, folder: string, args: readonly string[]): Promise<void> {
  await run(python, ["-m", "venv", folder]);
  await run(pythonOf(folder), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...args]);
}
