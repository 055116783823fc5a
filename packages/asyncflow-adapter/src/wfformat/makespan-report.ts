import type { TaskResult } from "@rhapsody/core";
import { idealMakespan, type IdealMakespan, type Slots } from "./ideal-makespan.ts";
import { measuredPath, type PathStep } from "./measured-path.ts";
import { scaled } from "./run-scale.ts";
import { taskUids } from "./task-uids.ts";
import type { WfWorkflow } from "./workflow.ts";

/** How the workflow was run: the same values as for {@link toTasks}, and the slots of the backend. */
export interface MakespanReportOptions extends Slots {
  /** @defaultValue `""` */
  readonly uidPrefix?: string | undefined;
}

/** What a run of a workflow took, beside what it would take at best. Times in seconds. */
export interface MakespanReport {
  /** Name of the workflow. */
  readonly workflow: string;
  readonly taskCount: number;
  readonly slots: number;
  readonly timeScale: number;
  /** From the first submission until the last task was settled. */
  readonly makespanSeconds: number;
  /** The part of it before the first task began; without `session.start()` before, the backend is opened in it. */
  readonly startupSeconds: number;
  readonly ideal: IdealMakespan;
  /** The makespan over `ideal.boundSeconds`; 1 cannot be beaten. `Infinity` for workflows that take no time. */
  readonly ratio: number;
  /** The makespan over `ideal.scheduleSeconds`: what the session and the backend cost, without what cannot be shared out evenly. */
  readonly scheduleRatio: number;
  /** The chain of tasks that the end had to wait for, first to last. Its waits and runs add up to the makespan. */
  readonly path: readonly PathStep[];
  /** The makespan without the start-up and the scaled run times along `path`, over the number of its tasks. */
  readonly overheadPerTaskSeconds: number;
  /** Ids of tasks that did not end `DONE`; where there are any, the makespan says little. */
  readonly notDone: readonly string[];
}

/**
 * Compares a run of a workflow with the ideal.
 *
 * @param results - Results of all tasks of {@link toTasks}, in any order, among others too; times are read from them alone. Backends on other machines tell when
 * tasks began by clocks of their own.
 * @throws RangeError when the result of a task is missing, or for the reasons of {@link idealMakespan}.
 */
export function makespanReport(
  workflow: WfWorkflow,
  results: readonly TaskResult[],
  options: MakespanReportOptions,
): MakespanReport {
  const { timeScale, secondsOf, coresOf } = scaled(options);
  const uids = taskUids(workflow, options.uidPrefix ?? "");
  const byUid = new Map(results.map((result) => [result.uid, result]));
  const runs = workflow.tasks.map((task) => {
    const uid = uids.get(task.id) ?? task.id;
    const result = byUid.get(uid);
    if (result === undefined) {
      throw new RangeError(
        `there is no result of task ${uid}; give all of them, and the uidPrefix that toTasks was given`,
      );
    }
    const { submitted, finished, started = finished } = result.times;
    return { task, uid, state: result.state, submitted, started, finished, cores: coresOf(task) };
  });
  const path = measuredPath(runs, { slots: options.slots, secondsOf });
  const submitted = runs.reduce((first, run) => Math.min(first, run.submitted), Infinity);
  const makespanSeconds = (runs.reduce((last, run) => Math.max(last, run.finished), -Infinity) - submitted) / 1000;
  const ideal = idealMakespan(workflow, options);
  const idealOfPath = path.reduce((sum, step) => sum + step.idealSeconds, 0);
  const begun = runs.reduce((first, run) => Math.min(first, run.started), Infinity);
  const startupSeconds = (begun - submitted) / 1000;
  return {
    workflow: workflow.name,
    taskCount: workflow.tasks.length,
    slots: options.slots,
    timeScale,
    makespanSeconds,
    startupSeconds,
    ideal,
    ratio: makespanSeconds / ideal.boundSeconds,
    scheduleRatio: makespanSeconds / ideal.scheduleSeconds,
    path,
    overheadPerTaskSeconds: (makespanSeconds - startupSeconds - idealOfPath) / path.length,
    notDone: runs.filter(({ state }) => state !== "DONE").map(({ task }) => task.id),
  };
}
