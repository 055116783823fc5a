import type { TaskFailure, TaskOutcome } from "../backend/task-update.ts";
import { DependencyError, TaskExecutionError } from "../errors/task-errors.ts";
import type { TaskRecord } from "../graph/task-record.ts";

/** Most characters of standard error that an error's message and `stderrTail` carry. */
const STDERR_TAIL_CHARACTERS = 2_000;

/** The error of a failed attempt. */
export function buildExecutionError(
  record: TaskRecord,
  failure: TaskFailure,
  outcome: TaskOutcome,
): TaskExecutionError {
  const captured = "capture" in record.plan.work && record.plan.work.capture === "memory" ? outcome.stderr : undefined;
  const stderrTail = (captured ?? "").trimEnd().slice(-STDERR_TAIL_CHARACTERS);
  const lastWords = stderrTail === "" ? "" : `; its stderr ended:\n${stderrTail}`;
  return new TaskExecutionError(failure.code, {
    uid: record.uid,
    message: `${failure.message}${record.attempt > 1 ? ` (attempt ${record.attempt})` : ""}${lastWords}`,
    attempt: record.attempt,
    backend: record.attempt > 0 ? record.backendName : undefined,
    exitCode: outcome.exitCode,
    signal: outcome.signal,
    stderrTail,
    ...(failure.cause !== undefined && { cause: failure.cause }),
  });
}

/** The error of a record that does not run because of one it depends on; leads down to the first failure. */
export function buildDependencyError(record: TaskRecord, dependency: TaskRecord): DependencyError {
  const error = dependency.result?.error;
  const via = error instanceof DependencyError ? error : undefined;
  return new DependencyError({ uid: record.uid, dependency: dependency.uid, via, cause: via?.cause ?? error });
}
