import { messageOf } from "../errors/message-of.ts";
import { within } from "../timing/within.ts";
import type { BackendProbe } from "./backend-module.ts";
import { loadBackendModule } from "./get-backend.ts";
import { installedBackendPackages } from "./installed-packages.ts";

/** What is known of one installed backend. */
export interface BackendExplanation extends BackendProbe {
  /** The package it comes from. */
  readonly package: string;
}

/** Time for a backend to say whether it could open, in milliseconds. */
const DEFAULT_PROBE_MS = 10_000;

/** How to look for backends. */
export interface DiscoverOptions {
  /** True to tell why a backend could not open, and what to do. @defaultValue `false` */
  readonly explain?: boolean | undefined;
  /** How long each backend has to answer, all at the same time, in milliseconds; one that takes longer counts as not available. @defaultValue 10,000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * Looks which backends are installed and could open here, with their engine really present.
 *
 * Names are those that `getBackend` takes: `concurrent` for `@rhapsody/backend-concurrent`, the package's name for those of third parties.
 *
 * @returns by name, whether it could open; with `explain`, why not and what to do.
 */
export async function discoverBackends(
  options?: DiscoverOptions & { readonly explain?: false | undefined },
): Promise<Record<string, boolean>>;
export async function discoverBackends(
  options: DiscoverOptions & { readonly explain: true },
): Promise<Record<string, BackendExplanation>>;
export async function discoverBackends(
  options: DiscoverOptions = {},
): Promise<Record<string, boolean | BackendExplanation>> {
  const { explain = false, timeoutMs = DEFAULT_PROBE_MS } = options;
  const packages = await installedBackendPackages();
  const named = [["noop", "@rhapsody/core"] as const, ...packages.map((name) => [shortName(name), name] as const)];
  const explained = await Promise.all(
    named.map(async ([name, from]) => {
      const answer = await within(probe(name === "noop" ? name : from), timeoutMs);
      return [name, { package: from, ...(answer === "late" ? late(timeoutMs) : answer) }] as const;
    }),
  );
  if (explain) return Object.fromEntries(explained);
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

function late(timeoutMs: number): BackendProbe {
  const reason = `did not say within ${timeoutMs} ms whether it could open`;
  return { available: false, reason, fix: "look why its engine does not answer, or give it a longer timeoutMs" };
}

function shortName(name: string): string {
  const own = /^@rhapsody\/(?:backend|inference)-(.+)$/.exec(name);
  return own?.[1]?.replaceAll("-", "_") ?? name;
}
