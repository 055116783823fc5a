import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Variable that every process of a round has in its environment. */
export const ROUND_VARIABLE = "CHAOS_ROUND";

/** What a process of a round is. */
export type Role = "host" | "helper" | "worker" | "program";

export interface RoundProcess {
  readonly pid: number;
  readonly role: Role;
  readonly command: string;
}

/** The living processes of a round. */
export function processesOf(round: string): readonly RoundProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // A process that has ended and waits for its parent has no environment.
      const environment = readFileSync(`/proc/${name}/environ`, "latin1");
      if (!`\0${environment}`.includes(`\0${ROUND_VARIABLE}=${round}\0`)) return [];
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return [{ pid: Number(name), role: roleOf(command), command }];
    } catch {
      return [];
    }
  });
}

/** How long the processes of a host outlived it. */
export interface Aftermath {
  readonly ms: number;
  /** Those that were there when the time was up. */
  readonly late: readonly RoundProcess[];
  /** Those that never went. */
  readonly left: readonly RoundProcess[];
}

/** Resolves when none of a round's processes is left, or after so long. */
export async function awaitNone(
  round: string,
  { limitMs, longestMs }: { readonly limitMs: number; readonly longestMs: number },
): Promise<Aftermath> {
  const begin = performance.now();
  let late: readonly RoundProcess[] = [];
  for (;;) {
    const left = processesOf(round);
    const ms = performance.now() - begin;
    if (left.length === 0 || ms > longestMs) return { ms, late, left };
    if (ms > limitMs && late.length === 0) late = left;
    await sleep(10);
  }
}

function roleOf(command: string): Role {
  // Before and after they have named themselves.
  if (/launcher-process\.[jt]s|^rhapsody-launcher/.test(command)) return "helper";
  if (/worker-process\.[jt]s|^rhapsody-worker/.test(command)) return "worker";
  return /host\/host\.ts/.test(command) ? "host" : "program";
}
