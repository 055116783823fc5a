import { BackendError, type BackendErrorCode } from "@rhapsody/core";
import { EngineRefusal } from "../sidecar/connection.ts";

/** Codes that an engine may fail with, as `Record` so that none is forgotten. */
const CODES: Readonly<Record<BackendErrorCode, true>> = {
  BACKEND_UNAVAILABLE: true,
  BACKEND_LOST: true,
  BACKEND_CLOSED: true,
  BACKEND_IN_USE: true,
  BACKEND_NOT_FOUND: true,
  BACKEND_REJECTED_TASKS: true,
  BACKEND_CONTRACT: true,
};

/** Makes the errors of one backend. */
export class EngineErrors {
  readonly #backend: string;
  readonly #redact: (text: string) => string;

  /** @param redact - Strikes secrets out of a message. */
  constructor(backend: string, redact: (text: string) => string) {
    this.#backend = backend;
    this.#redact = redact;
  }

  make(code: BackendErrorCode, message: string, cause?: unknown): BackendError {
    const backend = this.#backend;
    return new BackendError(code, {
      backend,
      message: this.#redact(message),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** The error for what a request rejected with: the engine's own, or `code` with what happened to the sidecar. */
  from(thrown: unknown, code: BackendErrorCode, what: string): BackendError {
    if (thrown instanceof BackendError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (thrown instanceof EngineRefusal) return this.make(isCode(thrown.code) ? thrown.code : code, message);
    return this.make(code, `${what}: ${message}`);
  }
}

function isCode(code: string): code is BackendErrorCode {
  return Object.hasOwn(CODES, code);
}
