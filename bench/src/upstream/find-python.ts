import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

const CANDIDATES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

/**
 * A Python that upstream runs well on, 3.11 or later: `RHAPSODY_PYTHON` when it is set, else the first found in PATH.
 *
 * @throws Error when there is none.
 */
export async function findPython(): Promise<string> {
  const given = process.env["RHAPSODY_PYTHON"];
  const candidates = given === undefined ? CANDIDATES : [given];
  for (const python of candidates) if (await isRecent(python)) return python;
  throw new Error(
    `no Python 3.11 or later (tried ${candidates.join(", ")}): install one, name it in RHAPSODY_PYTHON, or leave upstream out with --without-upstream`,
  );
}

async function isRecent(python: string): Promise<boolean> {
  try {
    await execute(python, ["-c", "import sys, venv; sys.exit(sys.version_info < (3, 11))"]);
    return true;
  } catch {
    // Not there, or too old.
    return false;
  }
}
