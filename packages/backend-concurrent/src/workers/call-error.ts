import type { CallFailureCode } from "./messages.ts";

/** Why a call failed without the function having thrown. Stays within the worker. */
export class CallError extends Error {
  readonly code: CallFailureCode;

  constructor(code: CallFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
