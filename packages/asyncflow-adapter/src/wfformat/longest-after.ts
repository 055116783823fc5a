import type { WfTask, WfWorkflow } from "./workflow.ts";

/** How long the rest of a workflow takes at least from the beginning of each task on, in seconds of recorded run time: the task and the longest chain after it. */
export function longestAfter(workflow: WfWorkflow): { readonly from: (task: WfTask) => number } {
  const seconds = new Map<string, number>();
  for (const task of workflow.tasks.toReversed()) {
    let longest = 0;
    for (const child of task.children) {
      const rest = seconds.get(child);
      if (rest === undefined) {
        throw new RangeError(
          `task ${task.id} does not stand before its child ${child}; take workflows as parseWfFormat gives them`,
        );
      }
      longest = Math.max(longest, rest);
    }
    seconds.set(task.id, task.runtimeSeconds + longest);
  }
  return { from: (task) => seconds.get(task.id) ?? 0 };
}
