import type { WfTask } from "./workflow.ts";

/** How a workflow is made smaller, so that it can run here. */
export interface RunScale {
  /** What run times are multiplied with, more than 0: 0.01 makes 100 s one second. @defaultValue `1` */
  readonly timeScale?: number | undefined;
  /** Most cores that a task takes, where it took more when it was recorded; its run time stays. @defaultValue as recorded */
  readonly maxCores?: number | undefined;
}

/** Seconds and cores of tasks under a scale. */
export interface Scaled {
  readonly timeScale: number;
  readonly secondsOf: (task: WfTask) => number;
  /** Whole cores, as those above 1 are given out. */
  readonly coresOf: (task: WfTask) => number;
}

/** @throws RangeError when a field of the scale is not above 0, or finite. */
export function scaled({ timeScale = 1, maxCores = Number.MAX_SAFE_INTEGER }: RunScale): Scaled {
  requirePositive("timeScale", timeScale);
  requirePositive("maxCores", maxCores);
  return {
    timeScale,
    secondsOf: (task) => task.runtimeSeconds * timeScale,
    coresOf: (task) => Math.min(Math.ceil(task.cores), maxCores),
  };
}

/** @throws RangeError unless the value is above 0 and finite. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be above 0, and is ${value}`);
}
