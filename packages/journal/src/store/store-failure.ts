import type { JournalErrorCode } from "@rhapsody/core";

/** A `JournalError` to be: the thread sends its code and message, and does without the rest of core. */
export class StoreFailure extends Error {
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
