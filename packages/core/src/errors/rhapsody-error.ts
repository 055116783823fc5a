const marker = Symbol.for("@rhapsody/core:error");

/** Root of every error that this project throws on purpose. */
export class RhapsodyError extends Error {
  static {
    this.prototype.name = "RhapsodyError";
    // On the prototype: found across two installed copies of this package, yet absent from logs and JSON.
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  /** Stable identifier, unique across packages; match on this and never on `message`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Tells whether a value is an error of this project, also one from another installed copy of this package. */
  static isInstance(value: unknown): value is RhapsodyError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
