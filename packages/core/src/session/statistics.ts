import type { EngineFacts } from "../backend/engine-facts.ts";
import type { BackendStatus } from "../dispatch/lane-sink.ts";
import type { TaskState } from "../task/task-state.ts";

/** Where a session's tasks stand. */
export interface SessionStatistics {
  /** Tasks accepted so far. */
  readonly submitted: number;
  /** Tasks in each state now; the terminal ones count all that ever reached them. */
  readonly states: Readonly<Record<Exclude<TaskState, "NEW">, number>>;
  /** Attempts beyond the first, over all tasks. */
  readonly retries: number;
  /** Tasks that did not run, since there was a result of one that was the same. */
  readonly cached: number;
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
  /** What the engine last told of itself; absent while the backend is not open, and when it tells nothing. */
  readonly engine?: EngineFacts;
}
