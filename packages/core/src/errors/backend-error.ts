import { messageOf } from "./message-of.ts";
import { RhapsodyError } from "./rhapsody-error.ts";

/**
 * Codes of {@link BackendError}.
 *
 * - `BACKEND_UNAVAILABLE`: the engine, service or program behind the backend cannot be reached or is not installed.
 * - `BACKEND_LOST`: the engine died while it was open.
 * - `BACKEND_CLOSED`: the backend was closed before the call.
 * - `BACKEND_IN_USE`: the backend object already serves a session, or is already open.
 * - `BACKEND_NOT_FOUND`: no backend of that name is installed or registered.
 * - `BACKEND_REJECTED_TASKS`: the backend refused a batch; none of it was accepted.
 * - `BACKEND_CONTRACT`: the object does not follow the backend contract.
 */
export type BackendErrorCode =
  | "BACKEND_UNAVAILABLE"
  | "BACKEND_LOST"
  | "BACKEND_CLOSED"
  | "BACKEND_IN_USE"
  | "BACKEND_NOT_FOUND"
  | "BACKEND_REJECTED_TASKS"
  | "BACKEND_CONTRACT";

/** The infrastructure failed; says nothing about the user's own code. */
export class BackendError extends RhapsodyError {
  static {
    this.prototype.name = "BackendError";
  }

  declare readonly code: BackendErrorCode;

  /** `Backend.name` of the instance that failed. */
  readonly backend: string;

  /** True when the same call may succeed later with no change by the caller. */
  readonly retryable: boolean;

  constructor(code: BackendErrorCode, init: ErrorOptions & { readonly backend: string; readonly message: string }) {
    super(code, `[${init.backend}] ${init.message}`, init);
    this.backend = init.backend;
    this.retryable = code === "BACKEND_UNAVAILABLE" || code === "BACKEND_LOST";
  }
}

/** How to name an error that is no {@link BackendError} yet. */
export interface BackendErrorContext {
  readonly backend: string;
  readonly code: BackendErrorCode;
  /** What failed, e.g. `"could not be opened"`. */
  readonly what: string;
}

/** The error as it is when it is a backend's already, also from another installed copy of this package; else wrapped into one. */
export function toBackendError(cause: unknown, { backend, code, what }: BackendErrorContext): BackendError {
  // Same brand and fields, so the same shape, whichever copy it comes from.
  if (RhapsodyError.isInstance(cause) && "retryable" in cause) return cause as BackendError;
  const how = messageOf(cause);
  return new BackendError(code, { backend, message: `${what}: ${how}`, cause });
}
