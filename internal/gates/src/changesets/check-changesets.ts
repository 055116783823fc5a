import { getReleasePlan } from "@changesets/get-release-plan";
import { ROOT } from "../root.ts";
import { publishedPackages } from "../workspace/manifest.ts";

/**
 * Plans the next release without doing it, which fails on a changeset that cannot be read or names no package of this
 * repository, and finds packages that nothing would ever release.
 */
export async function checkChangesets(): Promise<readonly string[]> {
  const { releases } = await getReleasePlan(ROOT);
  const planned = new Set(releases.filter(({ changesets }) => changesets.length > 0).map(({ name }) => name));
  return publishedPackages()
    .filter(({ manifest }) => manifest.version === "0.0.0" && !planned.has(manifest.name))
    .map(({ manifest }) => `${manifest.name} was never released and has no changeset; run "pnpm exec changeset"`);
}
