import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import type { PythonRequirement } from "./python-requirement.ts";

/** Time for an interpreter to tell about itself, in milliseconds; on a cluster's file system a first start takes seconds. */
const PROBE_TIMEOUT_MS = 60_000;

/** What an interpreter says about itself. */
export interface PythonProbe {
  readonly path: string;
  readonly version: string;
  /** Versions of the modules by import path; `"unknown"` for one that does not tell, `null` for one that is missing. */
  readonly modules: Readonly<Record<string, string | null>>;
}

const probeSchema: z.ZodType<PythonProbe> = z.object({
  path: z.string(),
  version: z.string(),
  modules: z.record(z.string(), z.string().nullable()),
});

// Modules are looked for and not imported: that takes seconds for some. Written for any Python 3, which is how an old one can be told.
const SCRIPT = `
import importlib.util, json, sys
try:
    from importlib.metadata import PackageNotFoundError, version
except ImportError:
    PackageNotFoundError, version = Exception, lambda name: "unknown"

def look(module, distribution):
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ImportError:
        return None
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"

wanted = json.loads(sys.argv[1])
modules = {module: look(module, distribution) for module, distribution in wanted}
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3], "modules": modules}))
`;

/**
 * Asks an interpreter about itself.
 *
 * @param path - Path, or a name to look up in `PATH`.
 * @throws whatever starting it throws, or an Error when it is no Python 3.
 */
export async function probePython(
  path: string,
  requires: readonly PythonRequirement[],
  signal: AbortSignal | undefined,
): Promise<PythonProbe> {
  const wanted = requires.map(({ module, install }) => [module, distributionOf(install)]);
  const { stdout } = await promisify(execFile)(path, ["-c", SCRIPT, JSON.stringify(wanted)], {
    encoding: "utf8",
    timeout: PROBE_TIMEOUT_MS,
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { signal }),
  });
  // Start-up hooks of site-packages may print before it.
  const said = stdout.trimEnd().split("\n").at(-1) ?? "";
  try {
    return probeSchema.parse(JSON.parse(said));
  } catch (cause) {
    throw new Error(`it is no Python 3: asked to run a script, it said ${JSON.stringify(said.slice(0, 80))}`, {
      cause,
    });
  }
}

/** The name of a pip requirement: all before its extras and versions. */
function distributionOf(install: string): string {
  return /^[A-Za-z0-9._-]+/.exec(install)?.[0] ?? install;
}
