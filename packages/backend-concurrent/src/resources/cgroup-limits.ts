import { posix } from "node:path";
import type { System } from "./system.ts";

/** What the control groups that this process is in allow it. Absent fields are not limited. */
export interface CgroupLimits {
  /** Processor time per time; 1.5 is one and a half cores. */
  readonly cores?: number;
  readonly memoryBytes?: number;
  /** Processes and threads. */
  readonly processes?: number;
}

/** Version 1 says "no limit" with the largest multiple of the page size in 63 bits. */
const V1_UNLIMITED = 2 ** 62;

/**
 * Reads the limits of control groups, version 1, 2 or both. A limit holds for a whole subtree, so the least of all levels counts.
 *
 * Files as in the kernel's `admin-guide/cgroup-v2.rst` and `admin-guide/cgroup-v1/`. Node's `process.constrainedMemory()` looks at the innermost
 * level only.
 */
export function readCgroupLimits(system: System): CgroupLimits {
  const levels = findLevels(system);
  const cores = least(levels.cpu.map((folder) => coresOf(folder, system)));
  const memoryBytes = least(
    levels.memory.flatMap((folder) => [
      numberIn(`${folder}/memory.max`, system),
      numberIn(`${folder}/memory.limit_in_bytes`, system),
    ]),
  );
  const processes = least(levels.pids.map((folder) => numberIn(`${folder}/pids.max`, system)));
  return {
    ...(cores !== undefined && { cores }),
    ...(memoryBytes !== undefined && memoryBytes < V1_UNLIMITED && { memoryBytes }),
    ...(processes !== undefined && { processes }),
  };
}

function coresOf(folder: string, system: System): number | undefined {
  const [quota, period] = system.readText(`${folder}/cpu.max`)?.split(/\s+/).map(Number) ?? [
    numberIn(`${folder}/cpu.cfs_quota_us`, system),
    numberIn(`${folder}/cpu.cfs_period_us`, system),
  ];
  if (quota === undefined || period === undefined) return undefined;
  // "max" is not a number, and version 1 says -1.
  return quota > 0 && period > 0 ? quota / period : undefined;
}

type Controller = "cpu" | "memory" | "pids";

/** Folders of the groups that this process is in, from the innermost out, by controller. */
function findLevels(system: System): Record<Controller, readonly string[]> {
  const mounts = parseMounts(system.readText("/proc/self/mountinfo") ?? "");
  const levels: Record<Controller, string[]> = { cpu: [], memory: [], pids: [] };
  for (const line of (system.readText("/proc/self/cgroup") ?? "").split("\n")) {
    // "4:memory:/some/group" for version 1, "0::/some/group" for version 2.
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    for (const controller of controllers) {
      if (names !== "" && !names.split(",").includes(controller)) continue;
      const mount = mounts.find(({ kind }) => (names === "" ? kind === "v2" : kind.split(",").includes(controller)));
      if (mount !== undefined) levels[controller].push(...foldersUpTo(mount, path));
    }
  }
  return levels;
}

interface Mount {
  /** `v2`, or the controllers of a version 1 hierarchy. */
  readonly kind: string;
  /** Group that is mounted; not `/` in containers without a namespace of their own. */
  readonly root: string;
  readonly point: string;
}

/** Parses `/proc/self/mountinfo`; fields as in proc_pid_mountinfo(5). */
function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (type === "cgroup2") return [{ kind: "v2", root, point }];
    return type === "cgroup" ? [{ kind: options, root, point }] : [];
  });
}

function foldersUpTo({ root, point }: Mount, path: string): readonly string[] {
  const inside = posix.relative(root, path);
  // Above what is mounted nothing can be seen.
  const parts = inside.startsWith("..") || inside === "" ? [] : inside.split("/");
  return [...parts.keys(), parts.length].map((count) => posix.join(point, ...parts.slice(0, count))).toReversed();
}

function numberIn(path: string, system: System): number | undefined {
  const text = system.readText(path)?.trim() ?? "";
  // "max" stands for no limit.
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const controllers: readonly Controller[] = ["cpu", "memory", "pids"];
