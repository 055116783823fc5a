import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { resolve } from "node:path";

/** Where a program is looked for. */
export interface ProgramSearch {
  /** The directory that the task runs in. */
  readonly directory: string;
  /** `PATH` of the task; absent when it has none. */
  readonly path: string | undefined;
}

/** `confstr(_CS_PATH)` of glibc: where programs are looked for when `PATH` is not set. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** The file that a program's name stands for on this machine; `undefined` when there is none, as there may be where the task will run. */
export async function findProgram(program: string, { directory, path }: ProgramSearch): Promise<string | undefined> {
  if (program.includes("/")) return resolve(directory, program);
  for (const place of (path ?? DEFAULT_PATH).split(":")) {
    const candidate = resolve(directory, place, program);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
