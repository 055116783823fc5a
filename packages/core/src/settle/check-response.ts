import type { TaskFailure, TaskOutcome } from "../backend/task-update.ts";
import type { StandardSchema } from "../task/standard-schema.ts";

/** Most characters of an answer that a message quotes. */
const QUOTED_CHARACTERS = 200;

/** An outcome with its answers as the schema has them, or why they are not what it asks for. */
export type CheckedResponse = { readonly outcome: TaskOutcome } | { readonly failure: TaskFailure };

/** Reads the answers of a model as JSON, each of several by itself, and has the schema check them. Never throws. */
export function checkResponse(outcome: TaskOutcome, schema: StandardSchema): CheckedResponse {
  const { response, inference } = outcome;
  // An answer that the server cut short is seldom whole JSON.
  const named = (which: string, index: number): string =>
    inference?.finishReasons?.[index] === "length" ? `${which}, which was cut at \`maxTokens\`,` : which;
  try {
    if (!Array.isArray(response))
      return { outcome: { ...outcome, response: check(response, schema, named("the answer", 0)) } };
    const values = response.map((answer, index) => check(answer, schema, named(`answer ${index}`, index)));
    return { outcome: { ...outcome, response: values } };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : `the responseSchema threw ${String(cause)}`;
    return { failure: { code: "TASK_RESPONSE_INVALID", message, cause } };
  }
}

function check(answer: unknown, schema: StandardSchema, which: string): unknown {
  const checked = schema["~standard"].validate(parse(answer, which));
  if (checked instanceof Promise) {
    // What it comes to does not matter any more.
    checked.catch(() => {});
    throw new TypeError(
      "the responseSchema checks asynchronously, which none may: check such things in a task of its own",
    );
  }
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.map(({ message, path = [] }) => [...path.map(keyOf), message].join(": "));
  throw new TypeError(
    `${which} is not what its responseSchema asks for: ${issues.join("; ")}; it was: ${quote(answer)}`,
    {
      cause: checked.issues,
    },
  );
}

/** Some models wrap JSON in a block of Markdown; a server that guides them does not let them. */
function parse(answer: unknown, which: string): unknown {
  if (typeof answer !== "string") return answer;
  const [, inner = answer] = /^\s*```(?:json)?\n(.*)\n```\s*$/s.exec(answer) ?? [];
  try {
    return JSON.parse(inner) as unknown;
  } catch (cause) {
    throw new TypeError(`${which} is no JSON, as its responseSchema asks for; it was: ${quote(answer)}`, { cause });
  }
}

function quote(answer: unknown): string {
  // In one line: models that are guided may write much white space.
  const text = typeof answer === "string" ? answer.replaceAll(/\s+/g, " ") : (JSON.stringify(answer) ?? "nothing");
  return text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
}

function keyOf(step: unknown): string {
  return String(typeof step === "object" && step !== null && "key" in step ? step.key : step);
}
