import type { TaskOutcome } from "../backend/task-update.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskResult, TaskTimes } from "../task/task-result.ts";
import type { Ending } from "./settler.ts";

/** What a task that never ran leaves behind. */
export const NO_OUTCOME: TaskOutcome = Object.freeze({});

/** The result of a record as the user gets it. `finished` is in Unix milliseconds. */
export function buildResult(record: TaskRecord, { state, outcome, error }: Ending, finished: number): TaskResult {
  const { stdout = "", stderr = "", outputTruncated = false, exitCode, signal, response, usage, resources } = outcome;
  return {
    uid: record.uid,
    name: record.plan.name ?? record.uid,
    state,
    ...(record.attempt > 0 && record.backendName !== undefined && { backend: record.backendName }),
    returnValue: state === "DONE" ? valueOf(record, outcome) : undefined,
    stdout,
    stderr,
    outputTruncated,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(response !== undefined && { response }),
    ...(usage !== undefined && { usage }),
    attempts: record.attempt,
    times: timesOf(record, outcome.finishedAt ?? finished),
    ...(resources !== undefined && { resources }),
    ...(error !== undefined && { error }),
  };
}

function valueOf(record: TaskRecord, outcome: TaskOutcome): unknown {
  switch (record.plan.work.kind) {
    case "executable":
      return outcome.stdout ?? "";
    case "function":
      return outcome.returnValue;
    case "prompt":
      return outcome.response;
  }
}

function timesOf(record: TaskRecord, finished: number): TaskTimes {
  const { submitted, scheduled, started } = record;
  return {
    submitted,
    ...(scheduled > 0 && { scheduled }),
    ...(started > 0 && { started }),
    finished,
  };
}
