/** A schema of any library that follows the Standard Schema specification (https://standardschema.dev), version 1. `T` is its output. */
export interface StandardSchema<T = unknown> {
  /** All that the specification asks for. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Says what it makes of a value. */
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    /** Says in JSON Schema what it takes; of libraries that follow Standard JSON Schema as well. May throw. */
    readonly jsonSchema?: JsonSchemaSource | undefined;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** Where a {@link StandardSchema} has its JSON Schema. */
export interface JsonSchemaSource {
  /** That of what it takes, in a draft by name such as `draft-2020-12`. */
  readonly input: (options: { readonly target: string }) => Record<string, unknown>;
}

/** What a {@link StandardSchema} says of a value. */
export type StandardResult<T = unknown> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** Tells whether a value follows the specification, as far as can be seen; in some libraries schemas are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return typeof standard === "object" && standard !== null && typeof Reflect.get(standard, "validate") === "function";
}
