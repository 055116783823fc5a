import type { Tarball } from "./tarball.ts";

/** A package with core and with all that it needs of this repository to be installed: the least that a user installs. */
export function neededWith(tarball: Tarball, all: readonly Tarball[]): readonly Tarball[] {
  const byName = new Map(all.map((other) => [other.manifest.name, other]));
  const needed = new Set<Tarball>();
  const add = (next: Tarball | undefined): void => {
    if (next === undefined || needed.has(next)) return;
    needed.add(next);
    const { dependencies, peerDependencies, peerDependenciesMeta } = next.manifest;
    const required = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    for (const name of [...Object.keys(dependencies ?? {}), ...required]) add(byName.get(name));
  };
  add(tarball);
  return [...needed];
}
