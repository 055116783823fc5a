import { posix } from "node:path";
import type { WorkspacePackage } from "../workspace/manifest.ts";

/** Relative paths of the workspace packages that a package names as any kind of dependency. */
export function neighbours(entry: WorkspacePackage, byName: ReadonlyMap<string, WorkspacePackage>): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = entry.manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies })
    .toSorted()
    .flatMap((name) => byName.get(name)?.path ?? [])
    .map((path) => posix.relative(entry.path, path));
}
