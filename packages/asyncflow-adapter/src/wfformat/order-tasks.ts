import type { WfTask } from "./workflow.ts";

/** What {@link orderTasks} gives. */
export interface TaskOrder {
  /** Every task after its parents; those of cycles are in no particular place. */
  readonly ordered: readonly WfTask[];
  /** Ids of tasks that wait for each other in a ring, each ring once. */
  readonly cycles: readonly (readonly string[])[];
}

/** Puts parents before children and keeps the order else. Rings are cut where they are found, so that all of them are. */
export function orderTasks(tasks: readonly WfTask[]): TaskOrder {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const missing = new Map(tasks.map((task) => [task.id, task.parents.length]));
  const ordered: WfTask[] = [];
  const cycles: string[][] = [];
  const queue = tasks.filter((task) => task.parents.length === 0);
  const release = (task: WfTask): void => {
    if (!missing.delete(task.id)) return;
    ordered.push(task);
    for (const id of task.children) {
      const left = (missing.get(id) ?? 0) - 1;
      const child = byId.get(id);
      if (child === undefined || !missing.has(id)) continue;
      missing.set(id, left);
      if (left === 0) queue.push(child);
    }
  };
  for (;;) {
    // Grows while it is gone through.
    for (const task of queue) release(task);
    queue.length = 0;
    const [held] = missing.keys();
    if (held === undefined) return { ordered, cycles };
    const cycle = cycleBefore(held, { byId, missing });
    cycles.push(cycle);
    for (const task of cycle.map((id) => byId.get(id))) if (task !== undefined) release(task);
  }
}

/** A ring among the tasks that are held: each of them has a parent that is, so that going up ends in one. In the order of the work. */
function cycleBefore(
  from: string,
  held: { readonly byId: ReadonlyMap<string, WfTask>; readonly missing: ReadonlyMap<string, number> },
): string[] {
  const way: string[] = [];
  const seen = new Map<string, number>();
  let at = from;
  while (!seen.has(at)) {
    seen.set(at, way.length);
    way.push(at);
    at = held.byId.get(at)?.parents.find((parent) => held.missing.has(parent)) ?? at;
  }
  return [at, ...way.slice((seen.get(at) ?? 0) + 1).toReversed()];
}
