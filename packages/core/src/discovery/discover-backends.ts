import { messageOf } from "../errors/message-of.ts";
import type { BackendProbe } from "./backend-module.ts";
import { loadBackendModule } from "./get-backend.ts";
import { installedBackendPackages } from "./installed-packages.ts";

/** What is known of one installed backend. */
export interface BackendExplanation extends BackendProbe {
  /** The package it comes from. */
  readonly package: string;
}

/**
 * Looks which backends are installed and could open here, with their engine really present.
 *
 * Names are those that `getBackend` takes: `concurrent` for `@rhapsody/backend-concurrent`, the package's name for those of third parties.
 *
 * @returns by name, whether it could open; with `explain`, why not and what to do.
 */
export async function discoverBackends(options?: { readonly explain?: false }): Promise<Record<string, boolean>>;
export async function discoverBackends(options: {
  readonly explain: true;
}): Promise<Record<string, BackendExplanation>>;
export async function discoverBackends(
  options: { readonly explain?: boolean } = {},
): Promise<Record<string, boolean | BackendExplanation>> {
  const packages = await installedBackendPackages();
  const named = [["noop", "@rhapsody/core"] as const, ...packages.map((name) => [shortName(name), name] as const)];
  const explained = await Promise.all(
    named.map(
      async ([name, from]) => [name, { package: from, ...(await probe(name === "noop" ? name : from)) }] as const,
    ),
  );
  if (options.explain === true) return Object.fromEntries(explained);
  return Object.fromEntries(explained.map(([name, { available }]) => [name, available]));
}

async function probe(name: string): Promise<BackendProbe> {
  try {
    const module = await loadBackendModule(name);
    return (await module.probeBackend?.()) ?? { available: true };
  } catch (error) {
    const reason = messageOf(error);
    return { available: false, reason, fix: `reinstall it: npm install ${name}` };
  }
}

function shortName(name: string): string {
  const own = /^@rhapsody\/(?:backend|inference)-(.+)$/.exec(name);
  return own?.[1]?.replaceAll("-", "_") ?? name;
}
