import type { TaskOutcome } from "../backend/task-update.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskResult, TaskTimes } from "../task/task-result.ts";
import type { Ending } from "./settler.ts";

/** What a task that never ran leaves behind. */
export const NO_OUTCOME: TaskOutcome = Object.freeze({});

/**
 * The result of a record as the user gets it. `finished` is in Unix milliseconds.
 *
 * Fields are set one by one, not spread: a session that settles millions of tasks builds these in one shape, at a tenth of the cost.
 */
export function buildResult(
  record: TaskRecord,
  { state, outcome, error, cached }: Ending,
  finished: number,
): TaskResult {
  const { stdout = "", stderr = "", outputTruncated = false, exitCode, signal, resources } = outcome;
  const { response, usage, inference } = outcome;
  const result: Writable<TaskResult> = {
    uid: record.uid,
    name: record.plan.name ?? record.uid,
    state,
    returnValue: state === "DONE" ? valueOf(record, outcome) : undefined,
    stdout,
    stderr,
    outputTruncated,
    attempts: record.attempt,
    times: timesOf(record, outcome.finishedAt ?? finished),
  };
  if (record.attempt > 0 && record.backendName !== undefined) result.backend = record.backendName;
  if (exitCode !== undefined) result.exitCode = exitCode;
  if (signal !== undefined) result.signal = signal;
  if (response !== undefined) result.response = response;
  if (usage !== undefined) result.usage = usage;
  if (inference !== undefined) result.inference = inference;
  if (resources !== undefined) result.resources = resources;
  if (cached !== undefined) result.cached = cached;
  if (error !== undefined) result.error = error;
  return result;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function valueOf(record: TaskRecord, outcome: TaskOutcome): unknown {
  switch (record.plan.work.kind) {
    case "executable":
      return outcome.stdout ?? "";
    case "function":
      return outcome.returnValue;
    case "prompt":
    case "embedding":
      return outcome.response;
  }
}

function timesOf({ submitted, scheduled, started }: TaskRecord, finished: number): TaskTimes {
  if (started > 0 && scheduled > 0) return { submitted, scheduled, started, finished };
  if (scheduled > 0) return { submitted, scheduled, finished };
  return { submitted, finished };
}
