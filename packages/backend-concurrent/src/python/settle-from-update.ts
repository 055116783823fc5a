import type { CanceledUpdate, DoneUpdate, FailedUpdate, TaskOutcome, TaskUpdate } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";

/** Ends an attempt as the engine that ran it says. */
export function settleFromUpdate(attempt: Attempt, update: Exclude<TaskUpdate, { state: "RUNNING" | "OUTPUT" }>): void {
  if (update.state === "LOST") return attempt.fail({ ...update.failure, code: "TASK_WORKER_DIED" });
  const outcome = outcomeOf(update);
  if (outcome.startedAt !== undefined) attempt.begin(outcome.startedAt);
  if (update.state === "FAILED") return attempt.fail(update.failure, outcome);
  if (update.state === "DONE") return attempt.done(outcome);
  attempt.canceled(outcome);
}

function outcomeOf(update: DoneUpdate | FailedUpdate | CanceledUpdate): TaskOutcome {
  const { uid: _uid, attempt: _attempt, epoch: _epoch, state: _state, ...outcome } = update;
  if (!("failure" in outcome)) return outcome;
  const { failure: _failure, ...rest } = outcome;
  return rest;
}
