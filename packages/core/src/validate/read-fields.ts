import type { Flaw } from "./flaw.ts";
import type { FieldSchemas } from "./task-schema.ts";

/**
 * The fields of a description, each checked by itself, lists and records copied; or what is wrong with them.
 *
 * Fields that are `undefined` count as absent. A schema of the whole object would look at every field that there could be, which
 * for a task of one field takes eight times as long.
 */
export function readFields(
  description: object,
  schemas: FieldSchemas,
): Readonly<Record<string, unknown>> | readonly Flaw[] {
  const fields: Record<string, unknown> = {};
  let flaws: Flaw[] | undefined;
  // Inherited fields too: none may be passed over in silence.
  for (const field in description) {
    const value: unknown = Reflect.get(description, field);
    if (value === undefined) continue;
    const parsed = schemas.get(field)?.safeParse(value);
    if (parsed?.success === true) {
      fields[field] = parsed.data;
      continue;
    }
    flaws ??= [];
    if (parsed === undefined) flaws.push(flaw(unknownField(field)));
    else
      for (const { path, message } of parsed.error.issues)
        flaws.push(flaw(`${[field, ...path].join(".")}: ${message}`));
  }
  return flaws ?? fields;
}

function flaw(message: string): Flaw {
  return { code: "TASK_FIELD_INVALID", message };
}

function unknownField(field: string): string {
  const camelCase = field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camelCase === field ? `unknown field ${field}` : `unknown field ${field}: write ${camelCase}`;
}
