import type { BackendError } from "../errors/backend-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { BackendCapabilities, BackendCapacity } from "./capabilities.ts";
import type { EngineFacts } from "./engine-facts.ts";
import type { TaskAttempt, TaskSpec } from "./task-spec.ts";
import type { TaskUpdate } from "./task-update.ts";

/**
 * A place where tasks can run.
 *
 * The object is inert: building one validates its options and nothing else. Processes, sockets and allocations begin in
 * {@link Backend.open}, so a task cannot be submitted to a backend that was never started.
 */
export interface Backend {
  /** Contract revision. A session refuses a revision that it does not know. */
  readonly contract: "backend/1";

  /** Routing key of this instance, unique within a session, e.g. `"local_cpu"`. */
  readonly name: string;

  /** Fixed for the life of the object; also selects the conformance tests. */
  readonly capabilities: BackendCapabilities;

  /**
   * Acquires what the backend needs and returns the handle that the session drives.
   *
   * A session opens a backend at most once at a time, and again (with a higher epoch) only after the earlier handle was closed.
   * When it rejects, nothing is left behind.
   *
   * @throws {@link BackendError} `BACKEND_UNAVAILABLE` when the engine, service or program behind the backend cannot be reached;
   * `BACKEND_IN_USE` when the object is already open.
   */
  open(context: BackendContext): Promise<BackendHandle>;
}

/** What the session lends to a backend while it is open. All functions are safe to call after `close`. */
export interface BackendContext {
  readonly sessionUid: string;
  /** Absolute directory, already created, for captured output and scratch files. */
  readonly workDir: string;
  readonly logger: Logger;
  /** 1 for the first opening in a session, more for each further one; every update carries it. */
  readonly epoch: number;
  /**
   * Aborted when the session gives this opening up: it closes before `open` has settled, or the backend called `lost`. An `open` that takes its time
   * listens to it, clears up and rejects; the session waits for that, or for the handle, no longer than the grace of its close.
   */
  readonly signal: AbortSignal;
  /** Variables for every task's environment, e.g. the address of the session's registry. */
  readonly environment: Readonly<Record<string, string>>;

  /** Tells the session what became of attempts, in batches. Synchronous, never throws. An update of an old attempt or epoch is dropped. */
  report(updates: readonly TaskUpdate[]): void;

  /** Tells how much work the backend takes; at any time, as often as it changes. Replaces `capabilities.capacity`. */
  capacity(capacity: BackendCapacity): void;

  /**
   * Tells how the engine is doing, for whoever watches the session: an event of type `engine` each time, and the latest in the statistics. Synchronous,
   * never throws, dropped after `close` and `lost`. Every call is passed on, so call it when something has changed, at most a few times a second.
   */
  observe(facts: EngineFacts): void;

  /** Tells that the engine died: nothing of this epoch counts any more, and the session closes the handle. */
  lost(error: BackendError): void;
}

/** An opened backend. Owned by one session. */
export interface BackendHandle {
  /**
   * Resolves once every task is queued, not once it has run. All or nothing: on rejection no task of the batch was accepted and
   * none will be reported. Updates may be reported before it resolves. The session calls it again only after it has settled.
   *
   * An attempt that is handed over twice never runs twice: the second batch is refused, or the attempt in it ignored.
   *
   * @throws {@link BackendError} `BACKEND_CLOSED` after `close`, `BACKEND_REJECTED_TASKS` when the engine refuses the batch, `BACKEND_LOST` when it died,
   * which counts like {@link BackendContext.lost}.
   */
  submit(tasks: readonly TaskSpec[]): Promise<void>;

  /**
   * Stops attempts, queued or running, and resolves once their work is gone, one outcome for each attempt in order.
   *
   * `cancelled`: nothing of the attempt is running any more. `detached`: it cannot be stopped and goes on unobserved. Either way the backend
   * reports `CANCELED` at most once and need not, but never `FAILED`; the session takes the outcome. For an attempt that is unknown or has ended, and for
   * any after `close`: `cancelled`, without effect. Absent when the engine cannot cancel: every attempt is then detached.
   */
  cancel?(tasks: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]>;

  /**
   * Stops what is running, releases everything, and resolves when nothing is left. Idempotent. Work that it stops is reported `CANCELED` or not at all,
   * never `FAILED`.
   *
   * @param graceMs - Time between asking a running task to stop and killing it, in milliseconds; `0` kills at once.
   */
  close(graceMs: number): Promise<void>;
}

/** What became of an attempt that was to be cancelled. */
export type CancelOutcome = "cancelled" | "detached";
