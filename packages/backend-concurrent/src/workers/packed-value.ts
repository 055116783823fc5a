import { inspect } from "node:util";

/** A thrown value on its way between workers. A plain copy of an error would lose its `code` and what else it carries. */
export type PackedValue = { readonly error: PackedError } | { readonly value: unknown };

/** An error with everything that can be copied. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own properties, such as `code`, as far as they can be copied. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: PackedValue;
  /** Those of an `AggregateError`. */
  readonly errors?: readonly PackedValue[];
}

/** How many causes of causes are kept. */
const MAX_DEPTH = 8;

/** Packs a thrown value such that it can be copied whatever it is. */
export function packValue(value: unknown, depth = 0): PackedValue {
  if (!(value instanceof Error)) return { value: isCopyable(value) ? value : inspect(value) };
  const fields = Object.fromEntries(
    Object.entries(value).filter(([key, field]) => !handled.has(key) && isCopyable(field)),
  );
  const deeper = depth < MAX_DEPTH;
  return {
    error: {
      name: value.name,
      message: value.message,
      stack: value.stack,
      fields,
      ...("cause" in value && deeper && { cause: packValue(value.cause, depth + 1) }),
      ...(value instanceof AggregateError &&
        deeper && { errors: value.errors.map((error: unknown) => packValue(error, depth + 1)) }),
    },
  };
}

/** Rebuilds what was packed; errors of the language have their own class again, others are `Error` with their name. */
export function unpackValue(packed: PackedValue): unknown {
  if (!("error" in packed)) return packed.value;
  const { name, message, stack, fields, cause, errors } = packed.error;
  const options = cause === undefined ? {} : { cause: unpackValue(cause) };
  const error =
    errors === undefined
      ? new (classes.get(name) ?? Error)(message, options)
      : new AggregateError(errors.map(unpackValue), message, options);
  if (error.name !== name) Object.defineProperty(error, "name", hidden(name));
  Object.defineProperty(error, "stack", hidden(stack));
  return Object.assign(error, fields);
}

const handled: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);

const classes: ReadonlyMap<string, ErrorConstructor> = new Map(
  [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((type) => [type.name, type]),
);

function hidden(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: false, configurable: true };
}

function isCopyable(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
