import type { TaskState } from "./task-state.ts";

const next: Readonly<Record<TaskState, readonly TaskState[]>> = {
  NEW: ["SCHEDULING_PENDING"],
  SCHEDULING_PENDING: ["EXECUTING_PENDING", "DONE", "FAILED", "CANCELLED"],
  EXECUTING_PENDING: ["EXECUTING", "FAILED", "CANCELLED", "SCHEDULING_PENDING"],
  EXECUTING: ["DONE", "FAILED", "CANCELLED", "SCHEDULING_PENDING"],
  DONE: [],
  FAILED: [],
  CANCELLED: [],
};

/** Tells whether a task may go from one state straight to another. A retry is the only way back; a task is `DONE` without running only by a result of another. */
export function isLegalMove(from: TaskState, to: TaskState): boolean {
  return next[from].includes(to);
}
