import { criticalPath } from "./critical-path.ts";
import { listSchedule } from "./list-schedule.ts";
import { requirePositive, scaled, type RunScale } from "./run-scale.ts";
import type { WfWorkflow } from "./workflow.ts";

/** What a workflow is to run on. */
export interface Slots extends RunScale {
  /** Cores that can be busy at a time. */
  readonly slots: number;
}

/** How long a workflow takes where nothing but its tasks takes time. In seconds, after scaling. */
export interface IdealMakespan {
  /** Length of the critical path: as if there were a slot for every task. */
  readonly criticalPathSeconds: number;
  /** All run times, each times its cores. */
  readonly workSeconds: number;
  /** What no scheduler can beat: the larger of the critical path and of the work shared out evenly over the slots. */
  readonly boundSeconds: number;
  /**
   * What a simple scheduler reaches in a simulation: a slot never stays free while a task that fits is ready, and of those that are ready, the one with the longest
   * way to the end goes first. At least `boundSeconds`; there may be better schedules, which are hard to find.
   */
  readonly scheduleSeconds: number;
}

/**
 * How long a workflow takes at least on a number of slots.
 *
 * @throws RangeError when a task needs more cores than there are slots (give `maxCores`), or when an option is not above 0.
 */
export function idealMakespan(workflow: WfWorkflow, options: Slots): IdealMakespan {
  const { slots } = options;
  requirePositive("slots", slots);
  const { timeScale, coresOf } = scaled(options);
  const wide = workflow.tasks.find((task) => coresOf(task) > slots);
  if (wide !== undefined) {
    throw new RangeError(
      `task ${wide.id} needs ${coresOf(wide)} cores, and there are ${slots} slots; give \`maxCores\``,
    );
  }
  const path = criticalPath(workflow).seconds;
  const work = workflow.tasks.reduce((sum, task) => sum + task.runtimeSeconds * coresOf(task), 0);
  return {
    criticalPathSeconds: path * timeScale,
    workSeconds: work * timeScale,
    boundSeconds: Math.max(path, work / slots) * timeScale,
    scheduleSeconds: listSchedule(workflow, { slots, coresOf }).seconds * timeScale,
  };
}
