/** States that backends report, whatever their engine calls them. Spelled as in the Python original (`CANCELED` with one L). */
export const TasksMainStates = {
  RUNNING: "RUNNING",
  DONE: "DONE",
  FAILED: "FAILED",
  CANCELED: "CANCELED",
} as const;

/** One of {@link TasksMainStates}. */
export type TasksMainState = keyof typeof TasksMainStates;
