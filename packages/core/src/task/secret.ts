import { inspect } from "node:util";

/**
 * A text that only the task's own process gets to see, from {@link secret}.
 *
 * Shows as `[secret]` wherever it is printed, and has no property that holds the text.
 */
export interface Secret {
  /** What it shows as; the type that tells secrets from other objects. */
  toString(): "[secret]";
  /** What it is in JSON. */
  toJSON(): "[secret]";
}

/**
 * Marks the value of an environment variable as secret: it reaches the task, and never a log, an event, an error or a journal.
 *
 * A resumed session is told secrets anew, or takes them from the environment variable of the same name.
 *
 * @example
 * ```ts
 * import { ComputeTask, secret } from "@rhapsody/core";
 *
 * const token = secret("hf_0123456789");
 * const fetchModel = new ComputeTask({ executable: "./fetch-model.sh", environment: { HF_TOKEN: token } });
 * ```
 *
 * @throws TypeError when the value is empty or no text, or contains a NUL character.
 */
export function secret(value: string): Secret {
  // Callers without types hand in variables that are not set.
  if (typeof value !== "string" || value === "") {
    throw new TypeError("secret: the value is empty or no text: is the variable that it comes from set?");
  }
  if (value.includes("\0")) throw new TypeError("secret: the value must not contain a NUL character");
  return new HiddenText(value);
}

/** Tells whether a value is a secret, also of another installed copy of this package. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && secretMarker in value;
}

/** The text of a secret. For the one place that hands it to a backend. */
export function textOf(hidden: Secret): string {
  return (hidden as HiddenText)[secretMarker]();
}

const HIDDEN = "[secret]";

/** Found on the prototype of every secret, also across two installed copies of this package. */
const secretMarker: unique symbol = Symbol.for("@rhapsody/core:secret");

class HiddenText implements Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  [secretMarker](): string {
    return this.#value;
  }

  toString(): "[secret]" {
    return HIDDEN;
  }

  toJSON(): "[secret]" {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
