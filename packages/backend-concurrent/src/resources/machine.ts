import { readCgroupLimits } from "./cgroup-limits.ts";
import { toConcurrencyLimits, type ConcurrencyLimits } from "./concurrency-limits.ts";
import { detectGpus, type Gpus } from "./gpus.ts";
import { readProcessLimits } from "./process-limits.ts";
import { hostSystem, type System } from "./system.ts";

/** What this process may use of the machine that it runs on. Each part is found out on first use, once. */
export class Machine {
  readonly system: System;
  #coreIds: readonly number[] | undefined;
  #memoryBytes: number | undefined;
  #gpus: Gpus | undefined;
  #limits: ConcurrencyLimits | undefined;

  constructor(system: System) {
    this.system = system;
  }

  /** Ids of the cores, as many as affinity and the quota of the control groups leave; at least one. */
  get coreIds(): readonly number[] {
    return (this.#coreIds ??= findCores(this.system));
  }

  /** Memory in all, or what the control groups leave of it. */
  get memoryBytes(): number {
    return (this.#memoryBytes ??= Math.min(
      this.system.totalMemoryBytes,
      readCgroupLimits(this.system).memoryBytes ?? Infinity,
    ));
  }

  get gpus(): Gpus {
    return (this.#gpus ??= detectGpus(this.system));
  }

  get limits(): ConcurrencyLimits {
    return (this.#limits ??= toConcurrencyLimits(readProcessLimits(this.system)));
  }
}

/** The machine that this process runs on. Nothing is looked up before it is asked for. */
export const thisMachine: Machine = new Machine(hostSystem);

function findCores(system: System): readonly number[] {
  const quota = readCgroupLimits(system).cores ?? Infinity;
  const count = Math.max(1, Math.min(system.availableParallelism, Math.floor(quota)));
  const status = system.readText("/proc/self/status") ?? "";
  const [, list] = /^Cpus_allowed_list:\s*(.*)$/m.exec(status) ?? [];
  return extendIds(parseList(list ?? ""), count);
}

/** `count` ids, beginning with the given ones. */
export function extendIds(ids: readonly number[], count: number): readonly number[] {
  const first = Math.max(-1, ...ids) + 1;
  const more = Array.from({ length: Math.max(0, count - ids.length) }, (_, index) => first + index);
  return [...ids.slice(0, count), ...more];
}

/** A list of ranges such as `0-3,8`, as the kernel prints sets of processors. */
function parseList(list: string): number[] {
  return list
    .trim()
    .split(",")
    .filter((range) => /^\d+(-\d+)?$/.test(range))
    .flatMap((range) => {
      const [from = 0, to = from] = range.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}
