import type { TaskState } from "../task/task-state.ts";

/** How many tasks of a session are in each state, kept as they move. */
export class TaskCounts {
  submitted = 0;
  /** Attempts beyond the first. */
  retries = 0;
  /** Tasks that settled in this process only: the journal does not know, and a resume runs them. */
  left = 0;
  /** Tasks that took the result of an earlier one. */
  cached = 0;
  /** When the first task was accepted, on the monotonic clock, in milliseconds. */
  firstSubmission: number | undefined;
  readonly states: Record<TaskState, number> = {
    NEW: 0,
    SCHEDULING_PENDING: 0,
    EXECUTING_PENDING: 0,
    EXECUTING: 0,
    DONE: 0,
    FAILED: 0,
    CANCELLED: 0,
  };

  /** Tasks accepted and not settled. */
  get unsettled(): number {
    return this.states.SCHEDULING_PENDING + this.states.EXECUTING_PENDING + this.states.EXECUTING;
  }

  accept(): void {
    this.submitted += 1;
    this.states.NEW += 1;
    this.firstSubmission ??= performance.now();
  }

  /** Counts tasks that ended `DONE` in an earlier process. */
  restore(done: number): void {
    this.submitted += done;
    this.states.DONE += done;
  }

  move(from: TaskState, to: TaskState): void {
    this.states[from] -= 1;
    this.states[to] += 1;
  }
}
