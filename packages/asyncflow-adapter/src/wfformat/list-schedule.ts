import { longestAfter } from "./longest-after.ts";
import type { Scaled } from "./run-scale.ts";
import type { WfTask, WfWorkflow } from "./workflow.ts";

/** A simulated run, in seconds of recorded run time. */
export interface Schedule {
  readonly seconds: number;
  /** When each task begins, by id, from the beginning. */
  readonly begins: ReadonlyMap<string, number>;
}

/**
 * Runs a workflow without running it, by list scheduling (R. L. Graham, "Bounds on multiprocessing timing anomalies", 1969): whenever slots are free, the ready tasks
 * that fit begin, those with the longest way to the end first.
 */
export function listSchedule(
  workflow: WfWorkflow,
  { slots, coresOf }: Pick<Scaled, "coresOf"> & { readonly slots: number },
): Schedule {
  const after = longestAfter(workflow);
  const byId = new Map(workflow.tasks.map((task) => [task.id, task]));
  const missing = new Map(workflow.tasks.map((task) => [task.id, task.parents.length]));
  const begins = new Map<string, number>();
  // The next one is the last of each list.
  const ready: Entry[] = [];
  const running: Entry[] = [];
  let free = slots;
  let now = 0;
  const arrive = (task: WfTask): void => insert(ready, { task, rank: after.from(task) });
  const begin = (task: WfTask): void => {
    begins.set(task.id, now);
    free -= coresOf(task);
    insert(running, { task, rank: -(now + task.runtimeSeconds) });
  };
  const end = (task: WfTask): void => {
    free += coresOf(task);
    for (const id of task.children) {
      const left = (missing.get(id) ?? 0) - 1;
      missing.set(id, left);
      const child = byId.get(id);
      if (left === 0 && child !== undefined) arrive(child);
    }
  };
  for (const task of workflow.tasks) if (task.parents.length === 0) arrive(task);
  for (;;) {
    for (let index = ready.length - 1; index >= 0 && free > 0; index -= 1) {
      const entry = ready[index];
      if (entry === undefined || coresOf(entry.task) > free) continue;
      ready.splice(index, 1);
      begin(entry.task);
    }
    const next = running.at(-1);
    if (next === undefined) return { seconds: now, begins };
    now = -next.rank;
    while (running.at(-1)?.rank === next.rank) {
      const entry = running.pop();
      if (entry !== undefined) end(entry.task);
    }
  }
}

interface Entry {
  readonly task: WfTask;
  readonly rank: number;
}

/** Keeps a list in rising order of rank; among equals the one that came first is nearest to the end. */
function insert(list: Entry[], entry: Entry): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.rank ?? 0) < entry.rank) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, entry);
}
