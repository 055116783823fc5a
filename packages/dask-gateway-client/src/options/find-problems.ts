import type { ClusterOption, ClusterOptionSpec } from "./cluster-option.ts";

/** One line for each value that its option does not take. The gateway itself tells only of the first. */
export function findProblems(
  values: Readonly<Record<string, unknown>>,
  options: readonly ClusterOption[],
): readonly string[] {
  const byField = new Map(options.map((option) => [option.field, option]));
  return Object.entries(values).flatMap(([field, value]) => {
    const option = byField.get(field);
    if (!option) return [`${field}: no such option; there are ${[...byField.keys()].join(", ") || "none"}`];
    if (!option.spec || accepts(option.spec, value)) return [];
    return [`${field}: has to be ${describe(option.spec)}, is ${show(value)}`];
  });
}

function accepts(spec: ClusterOptionSpec, value: unknown): boolean {
  switch (spec.type) {
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "mapping":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "select":
      return typeof value === "string" && spec.choices.includes(value);
    case "int":
    case "float":
      return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        (spec.type === "float" || Number.isInteger(value)) &&
        value >= (spec.minimum ?? -Infinity) &&
        value <= (spec.maximum ?? Infinity)
      );
  }
}

function describe(spec: ClusterOptionSpec): string {
  switch (spec.type) {
    case "string":
      return "a text";
    case "bool":
      return "true or false";
    case "mapping":
      return "an object";
    case "select":
      return `one of ${spec.choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
    case "int":
    case "float": {
      const bounds = [
        ...(spec.minimum === undefined ? [] : [`at least ${spec.minimum}`]),
        ...(spec.maximum === undefined ? [] : [`at most ${spec.maximum}`]),
      ];
      return [spec.type === "int" ? "a whole number" : "a number", ...bounds].join(", ");
    }
  }
}

// What is in an object may be a secret, as in an environment.
function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

const SHOWN_CHARACTERS = 60;
