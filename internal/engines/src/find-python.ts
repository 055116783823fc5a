import { run } from "./run.ts";

const CANDIDATES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

const FACTS = `import json, sys, sysconfig
try:
    import ensurepip, venv
    complete = True
except ImportError:
    complete = False
version = ".".join(map(str, sys.version_info[:3]))
print(json.dumps({"version": version, "platform": sysconfig.get_platform(), "prefix": sys.base_prefix, "complete": complete}))`;

/** A Python of this machine. */
export interface BasePython {
  /** Program to start, a name in PATH or a path. */
  readonly program: string;
  /** E.g. `3.11.7`. */
  readonly version: string;
  /** E.g. `linux-x86_64`. */
  readonly platform: string;
  /** Where it is installed. */
  readonly prefix: string;
}

/**
 * Finds a Python that can make environments: `RHAPSODY_PYTHON` when it is set, else the first in PATH.
 *
 * @throws Error that says what was tried and what to install.
 */
export async function findPython(minimum: `3.${number}`): Promise<BasePython> {
  const given = process.env["RHAPSODY_PYTHON"];
  const tried: string[] = [];
  for (const program of given === undefined || given === "" ? CANDIDATES : [given]) {
    const facts = await factsOf(program);
    if (facts === undefined) tried.push(`${program}: not found`);
    else if (minor(facts.version) < minor(minimum)) tried.push(`${program}: ${facts.version} is too old`);
    else if (!facts.complete)
      tried.push(`${program}: has no venv module; on Debian or Ubuntu, apt install ${packageOf(facts.version)}`);
    else return { program, ...facts };
  }
  throw new Error(
    `no Python ${minimum} or later that can make environments:\n  ${tried.join("\n  ")}\n` +
      `Install one (apt install python3 python3-venv, brew install python, https://www.python.org) or name one in RHAPSODY_PYTHON.`,
  );
}

interface Facts extends Omit<BasePython, "program"> {
  readonly complete: boolean;
}

async function factsOf(program: string): Promise<Facts | undefined> {
  try {
    // The text above prints these.
    return JSON.parse(await run(program, ["-c", FACTS])) as Facts;
  } catch {
    return undefined;
  }
}

function minor(version: string): number {
  return Number(version.split(".")[1]);
}

function packageOf(version: string): string {
  return `python3.${minor(version)}-venv`;
}
