import { RhapsodyError } from "./rhapsody-error.ts";

/** Options that a constructor or factory was given do not hold; the message lists every problem. Code `INVALID_OPTIONS`. */
export class OptionsError extends RhapsodyError {
  static {
    this.prototype.name = "OptionsError";
  }

  declare readonly code: "INVALID_OPTIONS";

  constructor(message: string, options?: ErrorOptions) {
    super("INVALID_OPTIONS", message, options);
  }
}
