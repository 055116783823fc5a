import { messageOf } from "../errors/message-of.ts";
import type { StandardSchema } from "../task/standard-schema.ts";

/** What a JSON schema is in a description: `false` for none, although there is a schema to check by. */
export type GivenJsonSchema = Readonly<Record<string, unknown>> | false;

/** Revision of JSON Schema that servers are given. */
const TARGET = "draft-2020-12";

/** Converting a schema takes far longer than anything else that is done with a description, and many tasks have the same. */
const known = new WeakMap<StandardSchema, GivenJsonSchema | Error>();

/**
 * The JSON schema that a model's answer is to keep to: the user's own, else that of the schema which checks the answer; `undefined` for neither, an error when
 * there is none to be had.
 */
export function toJsonSchema(
  schema: StandardSchema | undefined,
  given: GivenJsonSchema | undefined,
): GivenJsonSchema | Error | undefined {
  if (given !== undefined || schema === undefined) return given;
  const before = known.get(schema);
  if (before !== undefined) return before;
  const converted = convert(schema);
  known.set(schema, converted);
  return converted;
}

function convert({ "~standard": { jsonSchema, vendor } }: StandardSchema): GivenJsonSchema | Error {
  const fix = "give `jsonSchema` beside it, or `jsonSchema: false` to have answers checked and the model not guided";
  if (jsonSchema === undefined)
    return new TypeError(`schemas of ${vendor} do not say in JSON Schema what they take: ${fix}`);
  try {
    return jsonSchema.input({ target: TARGET });
  } catch (error) {
    return new TypeError(`it cannot be said in JSON Schema (${messageOf(error)}): ${fix}`);
  }
}
