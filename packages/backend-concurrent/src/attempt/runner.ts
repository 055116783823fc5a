import type { CancelOutcome } from "@rhapsody/core";
import type { Attempt } from "./attempt.ts";

/** Runs attempts of one kind of work. */
export interface Runner {
  /** Gets ready for work of this kind; rejects when the backend cannot run it here at all. */
  prepare(): Promise<void> | undefined;
  /** Runs an attempt now or when there is room, and tells it how it goes. Never throws. */
  start(attempt: Attempt): void;
  /** Stops attempts that were started and have not ended; resolves once their work is gone or let go of, one outcome for each in order. */
  stop(attempts: readonly Attempt[], reason: string, graceMs: number): Promise<readonly CancelOutcome[]>;
  /** Ends what the runner itself holds; called when no attempt is left. */
  close(graceMs: number): Promise<void>;
}
