import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { parse } from "yaml";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { type ConfigMap, isConfigMap } from "./config-value.ts";

/** Where the places of configuration come from. */
export interface ConfigPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Directories as Python's `sys.prefix`. */
  readonly prefixes: readonly string[];
}

/** Directories and files that Dask reads, those that count more later; as `dask.config.paths`. */
export function configPaths({ environment, homeDirectory, prefixes }: ConfigPlaces): readonly string[] {
  const paths = [
    environment["DASK_ROOT_CONFIG"] ?? "/etc/dask",
    ...prefixes.map((prefix) => join(prefix, "etc", "dask")),
    join(homeDirectory, ".config", "dask"),
    ...(environment["DASK_CONFIG"] === undefined ? [] : [environment["DASK_CONFIG"]]),
  ];
  // Of a path that is there twice the last one counts.
  return [...new Set(paths.toReversed())].toReversed();
}

/** What the files of these paths say, one mapping each, in order. Files that cannot be read are left out, as Dask does. */
export async function readConfigFiles(paths: readonly string[]): Promise<readonly ConfigMap[]> {
  const files = await Promise.all(paths.map(filesAt));
  const maps = await Promise.all(files.flat().map(readConfigFile));
  return maps.filter((map) => map !== undefined);
}

async function filesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => [".json", ".yaml", ".yml"].includes(extname(name).toLowerCase()))
      .toSorted()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

async function readConfigFile(path: string): Promise<ConfigMap | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const value = parseYaml(path, text);
  if (value === null || value === undefined) return undefined;
  if (isConfigMap(value)) return value;
  throw malformed(path, "it is no mapping at its top level");
}

function parseYaml(path: string, text: string): unknown {
  try {
    // Of Dask's own parser, PyYAML.
    return parse(text, { version: "1.1", logLevel: "error", prettyErrors: false });
  } catch (cause) {
    // Without the cause: it may quote a line with a password.
    const position = cause instanceof Error && "pos" in cause && Array.isArray(cause.pos) ? Number(cause.pos[0]) : 0;
    throw malformed(path, `its line ${text.slice(0, position).split("\n").length} is no YAML`);
  }
}

function malformed(path: string, problem: string): DaskGatewayError {
  return new DaskGatewayError(
    "GATEWAY_INVALID_CONFIG",
    `Dask's configuration file ${path} cannot be read: ${problem}. Correct it or move it away.`,
  );
}
