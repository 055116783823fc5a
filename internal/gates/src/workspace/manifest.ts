import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOT } from "../root.ts";

type Versions = Readonly<Record<string, string>>;

/** The fields of a `package.json` that the gates read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A folder of the workspace that holds a package. */
export interface WorkspacePackage {
  /** Relative to the repository, e.g. `packages/core`. */
  readonly path: string;
  /** Last part of the path. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package of the workspace, in the order of their paths. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return globSync(["{packages,internal,examples}/*/package.json", "bench/package.json"], { cwd: ROOT })
    .map((file) => dirname(file))
    .toSorted()
    .map((path) => ({ path, folder: basename(path), manifest: readManifest(path) }));
}

/** The packages that are published. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return workspacePackages().filter(({ path, manifest }) => path.startsWith("packages/") && manifest.private !== true);
}

/** True when the package takes part in `tsc -b`. */
export function hasTsconfig(path: string): boolean {
  return existsSync(join(ROOT, path, "tsconfig.json"));
}

function readManifest(path: string): Manifest {
  // pnpm has read the same file and refuses malformed ones.
  return JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8")) as Manifest;
}
