import type { TaskExecutionError } from "../errors/task-errors.ts";

/** When and how a failed task is tried again. Cancelled tasks and tasks with a failed dependency never are. */
export interface RetryPolicy {
  /** Most attempts in all, the first one included; at least 1. Those that were lost with their backend do not count. */
  readonly attempts: number;
  /** Pause before the second attempt, in milliseconds. @defaultValue `0` */
  readonly delayMs?: number | undefined;
  /** What the pause is multiplied with each further time; at least 1. @defaultValue `2` */
  readonly factor?: number | undefined;
  /** Longest pause, in milliseconds. @defaultValue 60,000 */
  readonly maxDelayMs?: number | undefined;
  /** Share of the pause drawn at random, 0 to 1, so that tasks that failed together do not return together. @defaultValue `0` */
  readonly jitter?: number | undefined;
  /**
   * Says whether to try again after this failure; when it throws, the task fails. Also asked, with code `BACKEND_LOST`, about an attempt that was lost with its
   * backend. @defaultValue always
   */
  readonly retryIf?: ((error: TaskExecutionError) => boolean) | undefined;
}
