import type { TaskFailure, TaskFailureCode } from "../backend/task-update.ts";
import type { Misfit } from "../dispatch/lane-sink.ts";
import type { BackendError } from "../errors/backend-error.ts";
import { messageOf } from "../errors/message-of.ts";
import { ResourceError } from "../errors/resource-error.ts";
import { neverFits } from "../route/route-task.ts";

/** What a backend's failure means for its tasks. Their errors name the backend themselves. */
export function backendFailure(error: BackendError, code: TaskFailureCode): TaskFailure {
  const prefix = `[${error.backend}] `;
  const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  return { code, message, cause: error };
}

/** A value of the task's that cannot be had or passed on; `what` says which. */
export function valueFailure(what: string, cause: unknown): TaskFailure {
  return { code: "TASK_ARGUMENTS_INVALID", message: `${what}: ${messageOf(cause)}`, cause };
}

/** A backend reported `FAILED` without the failure that its contract asks for. */
export const NO_REASON: TaskFailure = {
  code: "TASK_WORKER_DIED",
  message: "failed, and its backend did not say why: a defect of the backend",
};

/** The backend has less than the task asks for. */
export function misfitFailure(backend: string, { record, shortfalls }: Misfit): TaskFailure {
  const message = neverFits(backend, shortfalls);
  const resource = shortfalls[0]?.resource ?? "cores";
  const cause = new ResourceError({ resource, message: `[${record.uid}] ${message}` });
  return { code: "TASK_NEVER_FITS", message, cause };
}

/** A result that the session's journal cannot hold. */
export function unkeepable(cause: unknown): TaskFailure {
  const message = `its result cannot be kept in the session's journal: ${messageOf(cause)}; return plain data`;
  return { code: "TASK_NOT_SERIALIZABLE", message, cause };
}
