import { RhapsodyError } from "./rhapsody-error.ts";

/**
 * Codes of {@link SessionError}.
 *
 * - `SESSION_CLOSED`: the session is closing or closed.
 * - `SESSION_NO_BACKEND`: the session has no backend and the default one is not installed.
 * - `WAIT_TIMEOUT`: `waitTasks` ran out of time; the tasks go on.
 * - `TASK_NOT_SUBMITTED`: a task object was awaited or cancelled before it was submitted.
 * - `TASK_UNKNOWN`: a uid that the session never saw, or a handle of another session.
 */
export type SessionErrorCode =
  | "SESSION_CLOSED"
  | "SESSION_NO_BACKEND"
  | "WAIT_TIMEOUT"
  | "TASK_NOT_SUBMITTED"
  | "TASK_UNKNOWN";

/** A call that the session cannot serve in its present condition. */
export class SessionError extends RhapsodyError {
  static {
    this.prototype.name = "SessionError";
  }

  declare readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
