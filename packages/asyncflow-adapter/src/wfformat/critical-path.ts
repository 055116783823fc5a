import { longestAfter } from "./longest-after.ts";
import type { WfTask, WfWorkflow } from "./workflow.ts";

/** The longest chain of tasks that wait for each other: no machine, however large, is done sooner. */
export interface CriticalPath {
  /** From the first to the last. */
  readonly tasks: readonly WfTask[];
  /** Sum of their run times. */
  readonly seconds: number;
}

/** The chain of tasks with the longest sum of run times; of several that are as long, one. */
export function criticalPath(workflow: WfWorkflow): CriticalPath {
  const byId = new Map(workflow.tasks.map((task) => [task.id, task]));
  const after = longestAfter(workflow);
  const longest = (tasks: readonly WfTask[]): WfTask | undefined => {
    let best = tasks[0];
    for (const task of tasks) if (best === undefined || after.from(task) > after.from(best)) best = task;
    return best;
  };
  const tasks: WfTask[] = [];
  const childrenOf = (task: WfTask): WfTask[] => task.children.flatMap((id) => byId.get(id) ?? []);
  for (let task = longest(workflow.tasks); task !== undefined; task = longest(childrenOf(task))) tasks.push(task);
  return { tasks, seconds: tasks[0] === undefined ? 0 : after.from(tasks[0]) };
}
