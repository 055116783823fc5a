/**
 * States of a task, in the order in which it goes through them.
 *
 * `NEW` (built, not submitted) → `SCHEDULING_PENDING` (waits for dependencies or resources) → `EXECUTING_PENDING`
 * (handed to the backend) → `EXECUTING` → `DONE`, `FAILED` or `CANCELLED`. A retry goes back to `SCHEDULING_PENDING`.
 */
export type TaskState =
  | "NEW"
  | "SCHEDULING_PENDING"
  | "EXECUTING_PENDING"
  | "EXECUTING"
  | "DONE"
  | "FAILED"
  | "CANCELLED";

/** States that a task never leaves. */
export type TerminalTaskState = Extract<TaskState, "DONE" | "FAILED" | "CANCELLED">;

/** Tells whether a state is one that a task never leaves. */
export function isTerminal(state: TaskState): state is TerminalTaskState {
  return state === "DONE" || state === "FAILED" || state === "CANCELLED";
}
