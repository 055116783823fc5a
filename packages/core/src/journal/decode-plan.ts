import { messageOf } from "../errors/message-of.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { Callable } from "../task/function-reference.ts";
import { secret } from "../task/secret.ts";
import { isStandardSchema, type StandardSchema } from "../task/standard-schema.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { Flaw } from "../validate/flaw.ts";
import { parseTask } from "../validate/parse-task.ts";
import { NO_DEFAULTS } from "../validate/task-defaults.ts";
import { FUNCTION_KEY, SECRET_KEY, type FunctionField, type StoredFunction } from "./encode-plan.ts";
import { decodeValue } from "./encode-value.ts";
import type { Encoded } from "./journal.ts";
import { TASK_KEY } from "./survey.ts";

/** The other way to go on, for whoever submits the task again anyway. */
const OR_WAIT = 'or with unfinished: "wait", and submit the task anew';

/** What a journal does not keep, for putting descriptions together again. */
export interface DecodeContext {
  readonly handleOf: (uid: string) => TaskHandle | undefined;
  /** The user's functions, by task, by task and field, or by their own names; schemas by task and field. */
  readonly functions: Readonly<Record<string, Callable | StandardSchema>>;
  /** Values of secret variables, by the names of the variables. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The plan that {@link encodePlan} was given, with the tasks, functions and secrets of this process.
 *
 * @returns flaws of code `TASK_FUNCTION_UNBOUND`, `TASK_SECRET_MISSING` or `TASK_DEPENDENCY_UNKNOWN` when something that is needed was not given, of
 * `TASK_FIELD_INVALID` when the description is damaged or has a field of a newer version.
 */
export function decodePlan(
  { uid, description }: { readonly uid: string; readonly description: Encoded },
  context: DecodeContext,
): TaskPlan | readonly Flaw[] {
  try {
    const fields = decodeValue(description);
    if (!isRecord(fields)) throw new TypeError("it is no record of fields");
    const binder = new Binder(typeof fields["name"] === "string" ? fields["name"] : uid, context);
    // The fields were just read, so they are ours to change.
    binder.bindFields(fields);
    return binder.flaws.length > 0 ? binder.flaws : parseTask({ ...fields, uid }, NO_DEFAULTS);
  } catch (error) {
    return [{ code: "TASK_FIELD_INVALID", message: `the description in the journal is damaged: ${messageOf(error)}` }];
  }
}

/** Puts things of this process in the places of their markers. */
class Binder {
  readonly flaws: Flaw[] = [];
  readonly #task: string;
  readonly #context: DecodeContext;

  constructor(task: string, context: DecodeContext) {
    this.#task = task;
    this.#context = context;
  }

  bindFields(fields: Record<string, unknown>): void {
    for (const field of ["function", "executable", "arguments", "prompt", "embed", "responseSchema"])
      this.#bindFunction(fields, field);
    if (isRecord(fields["retry"])) this.#bindFunction(fields["retry"], "retryIf");
    if (isRecord(fields["environment"])) this.#bindSecrets(fields["environment"]);
    this.#bindTasks({ arguments: fields["arguments"], args: fields["args"] });
    fields["stdin"] = this.#taskFor(fields["stdin"]) ?? fields["stdin"];
  }

  #bindFunction(fields: Record<string, unknown>, key: string): void {
    const marker = fields[key];
    // Only `encodePlan` writes this key in these places.
    if (isRecord(marker) && FUNCTION_KEY in marker)
      fields[key] = this.#functionFor(marker[FUNCTION_KEY] as StoredFunction);
  }

  #functionFor({ field, name }: StoredFunction): Callable | StandardSchema | undefined {
    const keys = keysFor(this.#task, field, name);
    for (const key of keys) {
      const found = own(this.#context.functions, key);
      if (field === "responseSchema" ? isStandardSchema(found) : typeof found === "function") return found;
    }
    const quoted = keys.map((key) => JSON.stringify(key));
    const message = `${field} of task ${this.#task} is a ${field === "responseSchema" ? "schema" : "function"}, which a journal cannot keep: resume with functions: { ${quoted.at(-1)}: … }; keys that would do: ${quoted.join(", ")}; ${OR_WAIT}`;
    this.flaws.push({ code: "TASK_FUNCTION_UNBOUND", message });
    return undefined;
  }

  #bindSecrets(environment: Record<string, unknown>): void {
    for (const [variable, value] of Object.entries(environment)) {
      if (!isRecord(value) || !(SECRET_KEY in value)) continue;
      const text = own(this.#context.secrets, variable);
      if (text !== undefined && text !== "") {
        define(environment, variable, secret(text));
        continue;
      }
      const message = `the environment variable ${variable} of task ${this.#task} is secret and not in the journal: resume with secrets: { ${JSON.stringify(variable)}: … }, or set the variable; ${OR_WAIT}`;
      this.flaws.push({ code: "TASK_SECRET_MISSING", message });
    }
  }

  /** Looks through lists and plain objects, as deep as `encodePlan` found tasks in them. */
  #bindTasks(value: object, seen: Set<object> = new Set()): void {
    if (seen.has(value)) return;
    seen.add(value);
    for (const [key, part] of Object.entries(value)) {
      const task = this.#taskFor(part);
      if (task !== undefined) define(value, key, task);
      else if (Array.isArray(part) || isRecord(part)) this.#bindTasks(part, seen);
    }
  }

  /** The task that a marker stands for; the marker itself, and a flaw, when there is none. */
  #taskFor(part: unknown): unknown {
    if (!isRecord(part) || !Object.hasOwn(part, TASK_KEY)) return undefined;
    const uid = String(part[TASK_KEY]);
    const handle = this.#context.handleOf(uid);
    if (handle !== undefined) return handle;
    const message = `task ${this.#task} depends on ${uid}, which the journal does not have`;
    this.flaws.push({ code: "TASK_DEPENDENCY_UNKNOWN", message });
    return part;
  }
}

/** Under what a function can be given, in the order in which it is looked for. */
function keysFor(task: string, field: FunctionField, name: string | undefined): readonly string[] {
  const keys = new Set([`${task}.${field}`]);
  if (field !== "retryIf" && field !== "responseSchema") keys.add(task);
  if (name !== undefined) keys.add(name);
  return [...keys];
}

/** Functions may have any name, also that of something which every object inherits. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `__proto__` as a key must become a property, not the prototype. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
