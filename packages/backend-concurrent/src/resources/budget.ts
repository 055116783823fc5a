import type { Settings } from "../options/backend-options.ts";
import { declareGpus, type Gpus } from "./gpus.ts";
import { extendIds, type Machine } from "./machine.ts";

/** What one backend has to share out among its tasks: what it was told, and for the rest what the machine has. */
export interface Budget {
  readonly cores: number;
  readonly coreIds: readonly number[];
  readonly gpus: Gpus;
  readonly memoryBytes: number;
  /** Most programs at a time. */
  readonly programs: number;
  /** Most workers at a time. */
  readonly workers: number;
}

/** Workers are kept, and each takes tens of megabytes: tasks that ask for little or no core do not get one each without end. */
const MIN_WORKERS = 16;
const WORKERS_PER_CORE = 4;

export function toBudget({ resources, maxConcurrency }: Settings, machine: Machine): Budget {
  const cores = resources.cores ?? Math.max(machine.coreIds.length, maxConcurrency ?? 0);
  const atOnce = maxConcurrency ?? Infinity;
  return {
    cores,
    coreIds: extendIds(machine.coreIds, Math.ceil(cores)),
    gpus: resources.gpus === undefined ? machine.gpus : declareGpus(resources.gpus, machine.system),
    memoryBytes: resources.memoryBytes ?? machine.memoryBytes,
    programs: Math.min(atOnce, machine.limits.programs),
    workers: Math.min(atOnce, machine.limits.workers, Math.max(MIN_WORKERS, Math.ceil(WORKERS_PER_CORE * cores))),
  };
}
