import type { TaskFailure, TaskOutcome } from "../backend/task-update.ts";
import { TaskCancelledError, type TaskExecutionError } from "../errors/task-errors.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import type { StateTable } from "../report/state-table.ts";
import type { TaskTimers } from "../timing/task-timers.ts";
import { buildExecutionError } from "./build-error.ts";
import { NO_OUTCOME } from "./build-result.ts";
import { checkResponse } from "./check-response.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { Settler } from "./settler.ts";

/** What {@link AttemptEnding} is made of. */
export interface AttemptEndingParts {
  readonly settler: Settler;
  readonly table: StateTable;
  readonly timers: TaskTimers;
  readonly logger: Logger;
  /** How many times what runs a task may die under it. */
  readonly losses: number;
  /** Called with a record whose next attempt is due. */
  readonly again: (record: TaskRecord) => void;
}

/** Decides what the end of an attempt means for its task: settled, or tried again. */
export class AttemptEnding {
  readonly #parts: AttemptEndingParts;

  constructor(parts: AttemptEndingParts) {
    this.#parts = parts;
  }

  /** The work ended well; a model's answer is looked at still. */
  done(record: TaskRecord, outcome: TaskOutcome): void {
    const { work } = record.plan;
    const schema = work.kind === "prompt" ? work.responseSchema : undefined;
    // Readers get the model's own words, whatever the schema makes of them.
    record.spoken?.whole(record.attempt, [outcome.response].flat());
    const checked = schema === undefined ? { outcome } : checkResponse(outcome, schema);
    if ("failure" in checked) this.failed(record, checked.failure, withoutResponse(outcome));
    else this.#parts.settler.settle(record, { state: "DONE", outcome: checked.outcome });
  }

  /** The work failed: by itself, or because it was being stopped. */
  failed(record: TaskRecord, failure: TaskFailure, outcome: TaskOutcome = NO_OUTCOME): void {
    if (record.stopping !== undefined) this.stopped(record, { outcome });
    else this.#failOrRetry(record, failure, outcome);
  }

  /** The work was stopped. `detached`: it could not be, and goes on unobserved. */
  stopped(record: TaskRecord, { outcome = NO_OUTCOME, detached = false }: StoppedAttempt = {}): void {
    const { cause, reason } = record.stopping ?? { cause: "cancel", reason: "cancelled by the backend" };
    if (cause === "cancel" || cause === "close") {
      const error = new TaskCancelledError({ uid: record.uid, reason, detached });
      return this.#parts.settler.settle(record, { state: "CANCELLED", outcome, error });
    }
    const code = cause === "timeout" ? "TASK_TIMEOUT" : "TASK_QUEUE_TIMEOUT";
    const rest = detached ? " (the work could not be stopped and may go on unobserved)" : "";
    this.#failOrRetry(record, { code, message: `${reason}${rest}` }, outcome);
  }

  /**
   * The backend, or what ran the attempt there, died with it in flight, for which no retry policy is to blame: says whether the task runs again at once, as it
   * does unless it is being stopped, was running too often when that happened, or its `retryIf` refuses.
   */
  lost(record: TaskRecord, failure: TaskFailure): boolean {
    if (record.stopping !== undefined) {
      this.stopped(record);
      return false;
    }
    const suspected = record.state === "EXECUTING" && this.#suspect(record);
    const error = buildExecutionError(record, suspected ? blame(record, failure) : failure, NO_OUTCOME);
    if (suspected || !this.#wantsRetry(record, error)) {
      this.#parts.settler.settle(record, { state: "FAILED", outcome: NO_OUTCOME, error });
      return false;
    }
    record.uncounted += 1;
    this.#parts.timers.ended(record);
    this.#goBack(record, error);
    return true;
  }

  #failOrRetry(record: TaskRecord, failure: TaskFailure, outcome: TaskOutcome): void {
    const { settler, timers, logger, again } = this.#parts;
    const { retry } = record.plan;
    const suspected = failure.code === "TASK_WORKER_DIED" && this.#suspect(record);
    const error = buildExecutionError(record, suspected ? blame(record, failure) : failure, outcome);
    const tries = record.attempt - record.uncounted;
    if (suspected || retry === undefined || tries >= retry.attempts || !this.#wantsRetry(record, error)) {
      return settler.settle(record, { state: "FAILED", outcome, error });
    }
    record.stopping = undefined;
    const delayMs = retryDelayMs(retry, tries);
    logger.warn({ task: record.uid, backend: record.backendName, error }, `retry in ${Math.round(delayMs)} ms`);
    this.#goBack(record, error);
    timers.pause(record, delayMs, () => again(record));
  }

  #goBack(record: TaskRecord, error: TaskExecutionError): void {
    const { table } = this.#parts;
    table.counts.retries += 1;
    // One that never reached its backend has not moved.
    if (record.state !== "SCHEDULING_PENDING") table.move(record, "SCHEDULING_PENDING", error);
  }

  /** What ran the task died under it: true when that has happened too often. */
  #suspect(record: TaskRecord): boolean {
    record.deaths += 1;
    return record.deaths > this.#parts.losses;
  }

  #wantsRetry(record: TaskRecord, error: TaskExecutionError): boolean {
    if (ONLY_REPEATED.has(error.code)) return false;
    try {
      return record.plan.retry?.retryIf?.(error) ?? true;
    } catch (cause) {
      this.#parts.logger.error({ task: record.uid, error: cause }, "retryIf threw; the task is not tried again");
      return false;
    }
  }
}

/** What is known of an attempt that was stopped. */
export interface StoppedAttempt {
  readonly outcome?: TaskOutcome;
  readonly detached?: boolean;
}

/** What is no answer does not pose as one. */
function withoutResponse({ response: _, ...rest }: TaskOutcome): TaskOutcome {
  return rest;
}

function blame({ deaths }: TaskRecord, failure: TaskFailure): TaskFailure {
  const times = deaths === 1 ? "once" : `${deaths} times`;
  const message = `${failure.message}; what ran the task has now died under it ${times}, so the task may be what kills it`;
  return { ...failure, message };
}

/** Failures that another attempt would only repeat. */
const ONLY_REPEATED: ReadonlySet<string> = new Set(["TASK_QUEUE_TIMEOUT", "TASK_NEVER_FITS", "TASK_ARGUMENTS_INVALID"]);
