import type { StandardSchema } from "@rhapsody/core";
import { FlowError } from "../errors/flow-error.ts";
import { label, type TaskRef } from "../errors/task-errors.ts";

/**
 * The answer of a model as its schema has it: parsed as JSON where it is JSON, each of several by itself.
 *
 * @throws FlowError `FLOW_RESULT_INVALID` that lists what is wrong.
 */
export async function checkAnswer<T>(task: TaskRef, answer: unknown, schema: StandardSchema<T>): Promise<T> {
  const given = Array.isArray(answer) ? answer.map(parse) : parse(answer);
  const checked = await schema["~standard"].validate(given);
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.map(({ message, path = [] }) => [...path.map(keyOf), message].join(": "));
  const message = `[${label(task)}] the answer is not what its schema asks for: ${issues.join("; ")}`;
  throw new FlowError("FLOW_RESULT_INVALID", message, { cause: checked.issues });
}

function parse(text: unknown): unknown {
  try {
    return typeof text === "string" ? (JSON.parse(text) as unknown) : text;
  } catch {
    return text;
  }
}

function keyOf(step: unknown): string {
  return String(typeof step === "object" && step !== null && "key" in step ? step.key : step);
}
