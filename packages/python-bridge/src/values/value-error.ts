import { RhapsodyError } from "@rhapsody/core";

/** A value that cannot cross to Python, or what came from there cannot be read. Code `TASK_NOT_SERIALIZABLE`. */
export class ValueError extends RhapsodyError {
  static {
    this.prototype.name = "ValueError";
  }

  declare readonly code: "TASK_NOT_SERIALIZABLE";

  /** Which part of the value, e.g. `"args[0].rows"`. */
  readonly part: string;

  /** @param how - What is wrong with the part and what to do, e.g. `"is a Map: pass an object"`. */
  constructor(part: string, how: string, options?: ErrorOptions) {
    super("TASK_NOT_SERIALIZABLE", `${part} ${how}`, options);
    this.part = part;
  }
}
