import { replaceHandles } from "../graph/pending-values.ts";
import type { PlannedWork, TaskPlan } from "../graph/task-plan.ts";
import type { RetryPolicy } from "../task/retry-policy.ts";
import { isSecret, type Secret } from "../task/secret.ts";
import { isTaskHandle } from "../task/task-handle.ts";
import type { Flaw } from "../validate/flaw.ts";
import { attempt, write } from "./encode-value.ts";
import type { Encoded } from "./journal.ts";
import { Survey, TASK_KEY } from "./survey.ts";

/** Key of the object that stands for a function of the user's; its value is a {@link StoredFunction}. */
export const FUNCTION_KEY = "@rhapsody/function";

/** Key of the object that stands for a secret. */
export const SECRET_KEY = "@rhapsody/secret";

/** Fields in which a description can have a function of the user's. */
export type FunctionField = "function" | "executable" | "arguments" | "prompt" | "embed" | "responseSchema" | "retryIf";

/** What a journal knows of a function of the user's. */
export interface StoredFunction {
  readonly field: FunctionField;
  /** The function's own name, when it has one. */
  readonly name?: string;
}

/**
 * A plan as a journal keeps it: the description that it came from, with all defaults, in one order of fields, so that descriptions that mean the same give
 * the same. The uid is left out; tasks, functions and secrets have markers in their place.
 *
 * @returns what cannot be kept, as flaws of code `TASK_NOT_JOURNALABLE`.
 */
export function encodePlan(plan: TaskPlan): Encoded | readonly Flaw[] {
  const writer = new PlanWriter();
  for (const field of fieldNames) {
    const value = plan[field];
    // The table's type says that each writer fits its field.
    if (value !== undefined) writer.set(field, (fields[field] as FieldWriter<unknown>)(value, writer, field));
  }
  writeWork(plan.work, writer);
  return writer.result();
}

/** Writes one field of a plan. Most need no look: validation has left only plain data in them. */
type FieldWriter<T> = (value: Exclude<T, undefined>, writer: PlanWriter, field: string) => unknown;

const asItIs: FieldWriter<unknown> = (value) => value;
const record: FieldWriter<object | undefined> = (value, writer, field) => writer.look(inOrder(value), field);

type CommonField = Exclude<keyof TaskPlan, "uid" | "work">;

/** The fields that all kinds of work have, in the order in which they are written. A field that plans gain is told here how it is kept. */
const fields: { readonly [K in CommonField]-?: FieldWriter<TaskPlan[K]> } = {
  name: asItIs,
  backend: asItIs,
  // By uid: whether they were given as tasks does not matter.
  dependencies: (value) => value.map((dependency) => (typeof dependency === "string" ? dependency : dependency.uid)),
  onDependencyFailure: asItIs,
  environment: (value) => inOrder(value, maskSecret),
  workingDirectory: asItIs,
  resources: (value) => inOrder(value),
  retry: (value) => inOrder(value, maskCondition),
  timeoutMs: asItIs,
  queueTimeoutMs: asItIs,
  priority: asItIs,
  cache: (value) => inOrder(value),
  backendOptions: record,
  metadata: record,
};

// The keys of a literal whose type has just been checked.
const fieldNames = Object.keys(fields) as readonly CommonField[];

function writeWork(work: PlannedWork, writer: PlanWriter): void {
  switch (work.kind) {
    case "executable":
      writer.set(
        "executable",
        typeof work.executable === "function" ? markFunction("executable", work.executable) : work.executable,
      );
      if (typeof work.arguments === "function") writer.set("arguments", markFunction("arguments", work.arguments));
      else if (work.arguments.length > 0) writer.set("arguments", writer.lookForTasks(work.arguments, "arguments"));
      if (work.stdin !== undefined) writer.set("stdin", writer.lookForTasks(work.stdin, "stdin"));
      break;
    case "function":
      writer.set(
        "function",
        work.function.kind === "inline" ? markFunction("function", work.function.call) : work.function,
      );
      if (work.args.length > 0) writer.set("args", writer.lookForTasks(work.args, "args"));
      break;
    case "prompt":
      if (typeof work.prompt === "function") writer.set("prompt", markFunction("prompt", work.prompt));
      else writer.set("prompt", writer.look(work.prompt, "prompt"));
      if (work.model !== undefined) writer.set("model", work.model);
      if (work.stream) writer.set("stream", true);
      if (work.responseSchema !== undefined)
        writer.set("responseSchema", markFunction("responseSchema", { name: undefined }));
      if (work.jsonSchema !== undefined) writer.set("jsonSchema", writer.look(work.jsonSchema, "jsonSchema"));
      for (const [option, value] of sorted(work.sampling)) writer.set(option, writer.look(value, option));
      return;
    case "embedding":
      if (typeof work.input === "function") writer.set("embed", markFunction("embed", work.input));
      else writer.set("embed", work.input);
      if (work.model !== undefined) writer.set("model", work.model);
      if (work.dimensions !== undefined) writer.set("dimensions", work.dimensions);
      if (work.parameters !== undefined) writer.set("parameters", writer.look(inOrder(work.parameters), "parameters"));
      return;
  }
  writer.set("capture", work.capture);
  writer.set("maxOutputBytes", work.maxOutputBytes);
}

/** Gathers the fields of one description, and what is wrong with them. */
class PlanWriter {
  readonly #fields: Record<string, unknown> = {};
  readonly #survey = new Survey();
  #flaws: Flaw[] | undefined = undefined;

  set(field: string, value: unknown): void {
    this.#fields[field] = value;
  }

  /** Makes sure that a value of the user's can be kept. */
  look(value: unknown, field: string, takesTasks = false): unknown {
    if (typeof value === "string") return value;
    try {
      attempt(field, () => this.#survey.add(value, field, takesTasks));
    } catch (error) {
      this.#note(error);
    }
    return value;
  }

  /** As {@link PlanWriter.look} for values in which tasks may stand: puts markers in their places. */
  lookForTasks(value: unknown, field: string): unknown {
    this.look(value, field, true);
    if (!this.#survey.tasks) return value;
    this.#survey.tasks = false;
    return replaceHandles(value, mark);
  }

  result(): Encoded | readonly Flaw[] {
    try {
      return this.#flaws ?? attempt("the description", () => write(this.#fields, this.#survey));
    } catch (error) {
      this.#note(error);
      return this.#flaws ?? [];
    }
  }

  #note(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    const message = `${problem}: a session with a journal keeps what a task is given, so give it plain data, or make it inside of the task`;
    (this.#flaws ??= []).push({ code: "TASK_NOT_JOURNALABLE", message });
  }
}

function mark(part: unknown): unknown {
  return isTaskHandle(part) ? { [TASK_KEY]: part.uid } : part;
}

function markFunction(field: FunctionField, { name }: { readonly name: unknown }): Record<string, StoredFunction> {
  // A function written right into a field is named after the field.
  const isOwn = typeof name === "string" && name !== "" && name !== field;
  return { [FUNCTION_KEY]: isOwn ? { field, name } : { field } };
}

function maskSecret(value: string | Secret): unknown {
  return isSecret(value) ? { [SECRET_KEY]: true } : value;
}

function maskCondition(value: RetryPolicy[keyof RetryPolicy]): unknown {
  return typeof value === "function" ? markFunction("retryIf", value) : value;
}

/** A copy of a record with its keys in alphabetical order. */
function inOrder<T extends object>(record: T, write: (value: T[keyof T]) => unknown = (value) => value): object {
  // Without a prototype, `__proto__` is a key like any other.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of sorted(record)) if (value !== undefined) copy[key] = write(value);
  return copy;
}

function sorted<T extends object>(record: T): [string, T[keyof T]][] {
  // Entries of a record have the types of its values.
  return (Object.entries(record) as [string, T[keyof T]][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
