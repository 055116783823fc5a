import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

/** Where and when the numbers came about. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted to run in the last minute, before the first contender: above 0 means that others use the machine. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()}`,
    node: process.version,
    load: loadavg()[0] ?? NaN,
  };
}
