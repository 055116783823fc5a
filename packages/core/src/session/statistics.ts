import type { BackendStatus } from "../dispatch/backend-lane.ts";
import type { TaskState } from "../task/task-state.ts";

/** Where a session's tasks stand. */
export interface SessionStatistics {
  /** Tasks accepted so far. */
  readonly submitted: number;
  /** Tasks in each state now; the terminal ones count all that ever reached them. */
  readonly states: Readonly<Record<Exclude<TaskState, "NEW">, number>>;
  /** Attempts beyond the first, over all tasks. */
  readonly retries: number;
  readonly backends: Readonly<Record<string, BackendStatistics>>;
  /** Time since the first submission, in milliseconds; 0 before it. */
  readonly elapsedMs: number;
}

/** Where one backend's tasks stand. */
export interface BackendStatistics {
  /** `"closed"` before the first use as well. */
  readonly status: BackendStatus;
  /** Tasks ready to run that the backend has no room for yet. */
  readonly waiting: number;
  /** Attempts handed over and not ended. */
  readonly inFlight: number;
}

/** Counts of a session, kept as tasks move. */
export class TaskCounts {
  submitted = 0;
  retries = 0;
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
    this.states.SCHEDULING_PENDING += 1;
    this.firstSubmission ??= performance.now();
  }

  move(from: TaskState, to: TaskState): void {
    this.states[from] -= 1;
    this.states[to] += 1;
  }
}
