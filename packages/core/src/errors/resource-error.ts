import { RhapsodyError } from "./rhapsody-error.ts";

/** A task asks for more than its backend can ever give. Code `RESOURCE_NEVER_FITS`. */
export class ResourceError extends RhapsodyError {
  static {
    this.prototype.name = "ResourceError";
  }

  declare readonly code: "RESOURCE_NEVER_FITS";

  /** The resource asked for, e.g. `"cores"`. */
  readonly resource: string;

  constructor(init: ErrorOptions & { readonly resource: string; readonly message: string }) {
    super("RESOURCE_NEVER_FITS", init.message, init);
    this.resource = init.resource;
  }
}
