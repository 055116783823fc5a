import type { ExecutableTaskOptions, TaskDescription } from "@rhapsody/core";
import { longestAfter } from "./longest-after.ts";
import { scaled, type RunScale } from "./run-scale.ts";
import { taskUids } from "./task-uids.ts";
import type { WfTask, WfWorkflow } from "./workflow.ts";

/** How a workflow becomes tasks. */
export interface ToTasksOptions extends RunScale {
  /** Backend to run on. @defaultValue the first of the session that can run the task */
  readonly backend?: string | undefined;
  /**
   * The work of a task: the fields of its description, which go before those that the workflow gives, all but `uid` and `dependencies`.
   * @defaultValue a program that sleeps for `seconds`
   */
  readonly run?: ((task: WfTask, seconds: number) => WfWork) | undefined;
  /** Begin of every uid, so that one session can run a workflow several times. @defaultValue `""` */
  readonly uidPrefix?: string | undefined;
  /** True to give each task the longest run time between its beginning and the workflow's end as `priority`, so that those that the end waits for go first. @defaultValue `false` */
  readonly criticalFirst?: boolean | undefined;
}

/** A task's description without what the workflow decides: its uid and its dependencies. */
export type WfWork = DistributedOmit<TaskDescription, "uid" | "dependencies">;

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * Descriptions of tasks for `session.submitTasks`, in the order of `workflow.tasks`: with the workflow's dependencies, cores, and run times scaled.
 *
 * The recorded id, run time in seconds and name of the workflow are in `metadata.wfformat`.
 *
 * @throws RangeError when `timeScale` or `maxCores` is not above 0.
 */
export function toTasks(workflow: WfWorkflow, options: ToTasksOptions = {}): TaskDescription[] {
  const { secondsOf, coresOf } = scaled(options);
  const { backend, run = sleep, criticalFirst = false } = options;
  const uids = taskUids(workflow, options.uidPrefix ?? "");
  const uidOf = (id: string): string => uids.get(id) ?? id;
  const after = longestAfter(workflow);
  return workflow.tasks.map((task) => ({
    name: task.name,
    ...(backend === undefined ? {} : { backend }),
    resources: { cores: coresOf(task) },
    ...(criticalFirst ? { priority: after.from(task) } : {}),
    metadata: { wfformat: { workflow: workflow.name, id: task.id, runtimeSeconds: task.runtimeSeconds } },
    ...run(task, secondsOf(task)),
    uid: uidOf(task.id),
    dependencies: task.parents.map(uidOf),
  }));
}

/** `sleep` costs next to nothing; Windows has none that takes fractions. */
function sleep(_task: WfTask, seconds: number): Omit<ExecutableTaskOptions, "uid" | "dependencies"> {
  if (process.platform !== "win32") return { executable: "sleep", arguments: [seconds.toFixed(4)] };
  return { executable: "node", arguments: ["--eval", `setTimeout(() => {}, ${seconds * 1000})`] };
}
