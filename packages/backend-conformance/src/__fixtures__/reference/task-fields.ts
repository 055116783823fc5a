import type { BackendContext, TaskContext, TaskSpec } from "@rhapsody/core";

/** What a function may know of its task, without the signal. */
export function contextOf(task: TaskSpec, { sessionUid }: BackendContext): Omit<TaskContext, "signal"> {
  const { uid, name, attempt } = task;
  return { uid, name, attempt, backend: "reference", sessionUid };
}
