import { readCgroupLimits } from "./cgroup-limits.ts";
import type { System } from "./system.ts";

/** Limits of this process; `Infinity` where there is none or it cannot be read. */
export interface ProcessLimits {
  /** Descriptors that this process may open. */
  readonly openFiles: number;
  /** Descriptors that a process may open which raises its own limit as far as it may. */
  readonly openFilesHard: number;
  /** Processes and threads that this user, or this control group, may have. */
  readonly processes: number;
}

/** Reads `ulimit -n`, `ulimit -u` and the limit of processes of the control groups. */
export function readProcessLimits(system: System): ProcessLimits {
  const text = system.readText("/proc/self/limits") ?? "";
  const files = limit(text, "Max open files");
  return {
    openFiles: files.soft,
    openFilesHard: files.hard,
    processes: Math.min(limit(text, "Max processes").soft, readCgroupLimits(system).processes ?? Infinity),
  };
}

function limit(text: string, name: string): { readonly soft: number; readonly hard: number } {
  const line = text.split("\n").find((candidate) => candidate.startsWith(name)) ?? "";
  const [soft, hard] = line
    .slice(name.length)
    .trim()
    .split(/\s+/)
    .map((word) => (/^\d+$/.test(word) ? Number(word) : Infinity));
  return { soft: soft ?? Infinity, hard: hard ?? soft ?? Infinity };
}
