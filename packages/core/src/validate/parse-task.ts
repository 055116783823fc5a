import type { PlannedWork, TaskPlan } from "../graph/task-plan.ts";
import type {
  AITaskOptions,
  ExecutableTaskOptions,
  FunctionTaskOptions,
  TaskDescription,
} from "../task/task-options.ts";
import { Task, nextTaskUid } from "../task/task.ts";
import type { Flaw } from "./flaw.ts";
import { readFields } from "./read-fields.ts";
import { NO_DEFAULTS, type TaskDefaults } from "./task-defaults.ts";
import {
  executableFields,
  functionFields,
  MAX_UID_LENGTH,
  promptFields,
  samplingNames,
  type FieldSchemas,
} from "./task-schema.ts";

/** Most bytes of each output stream kept in memory unless a task says otherwise. */
const DEFAULT_MAX_OUTPUT_BYTES = 1_048_576;

/** Turns what the user handed in into a plan, or lists its flaws. */
export function parseTask(input: unknown, defaults: TaskDefaults): TaskPlan | readonly Flaw[] {
  const description: unknown = input instanceof Task ? input.options : input;
  if (typeof description !== "object" || description === null) {
    return [{ code: "TASK_FIELD_INVALID", message: "must be a task object or a plain description" }];
  }
  const kinds = workKinds.filter(({ field }) => Reflect.get(description, field) !== undefined);
  const [kind] = kinds;
  const single = kinds.length === 1 && kind !== undefined;
  const fields = readFields(description, single ? kind.fields : anyFields);
  const uid: unknown = input instanceof Task ? input.uid : (Reflect.get(description, "uid") ?? nextTaskUid());
  if (isFlaws(fields) || !single || !isSafeUid(uid)) {
    return [...kindFlaws(kinds), ...(isFlaws(fields) ? fields : []), ...uidFlaws(uid)];
  }
  // The fields have just been checked and copied: they become the plan itself, which saves a copy a task.
  const plan = fields as Writable<TaskPlan>;
  plan.uid = uid;
  plan.work = kind.toWork(fields as unknown as TaskDescription, defaults);
  if (defaults !== NO_DEFAULTS) applyDefaults(plan, defaults);
  return plan;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function applyDefaults(plan: Writable<TaskPlan>, { environment, ...defaults }: TaskDefaults): void {
  if (environment !== undefined) plan.environment = { ...environment, ...plan.environment };
  for (const [field, value] of Object.entries(defaults)) {
    if (Reflect.get(plan, field) === undefined) Reflect.set(plan, field, value);
  }
}

interface WorkKind {
  /** The field that tells the kind. */
  readonly field: "executable" | "function" | "prompt";
  readonly fields: FieldSchemas;
  /** Takes the work out of fields that were checked, and so have the shape that each row takes them for. */
  readonly toWork: (fields: TaskDescription, defaults: TaskDefaults) => PlannedWork;
}

const workKinds: readonly WorkKind[] = [
  {
    field: "executable",
    fields: executableFields,
    toWork: (fields, defaults) => {
      const { executable, arguments: given = NONE, stdin, capture, maxOutputBytes } = fields as ExecutableTaskOptions;
      const captured = captureOf(capture, maxOutputBytes, defaults);
      return { kind: "executable", executable, arguments: given, stdin, ...captured };
    },
  },
  {
    field: "function",
    fields: functionFields,
    toWork: (fields, defaults) => {
      const { function: call, args = NONE, capture, maxOutputBytes } = fields as FunctionTaskOptions<AnyFunction>;
      const reference = typeof call === "function" ? { kind: "inline" as const, call } : call;
      return { kind: "function", function: reference, args, ...captureOf(capture, maxOutputBytes, defaults) };
    },
  },
  {
    field: "prompt",
    fields: promptFields,
    toWork: (fields) => {
      const { prompt, model, stream = false } = fields as AITaskOptions;
      const sampling: Record<string, unknown> = {};
      for (const field of samplingNames) {
        const value: unknown = Reflect.get(fields, field);
        if (value !== undefined) sampling[field] = value;
      }
      return { kind: "prompt", prompt, model, stream, sampling };
    },
  },
];

type AnyFunction = (...args: unknown[]) => unknown;

const NONE: readonly never[] = Object.freeze([]);

/** Fields of all kinds, for a description that does not say which it is. */
const anyFields: FieldSchemas = new Map(workKinds.flatMap(({ fields }) => [...fields]));

function captureOf(
  capture: ExecutableTaskOptions["capture"],
  maxOutputBytes: number | undefined,
  defaults: TaskDefaults,
): Pick<Extract<PlannedWork, { kind: "executable" }>, "capture" | "maxOutputBytes"> {
  return {
    capture: capture ?? defaults.capture ?? "memory",
    maxOutputBytes: maxOutputBytes ?? defaults.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
  };
}

const SAFE_UID = new RegExp(`^[A-Za-z0-9._-]{1,${MAX_UID_LENGTH}}$`);

function isSafeUid(uid: unknown): uid is string {
  return typeof uid === "string" && SAFE_UID.test(uid) && uid !== "." && uid !== "..";
}

function isFlaws(fields: ReturnType<typeof readFields>): fields is readonly Flaw[] {
  return Array.isArray(fields);
}

function uidFlaws(uid: unknown): readonly Flaw[] {
  // One of another type is among the fields' flaws.
  if (typeof uid !== "string" || isSafeUid(uid)) return [];
  const message = `uid ${JSON.stringify(uid)} is unsafe: use 1 to ${MAX_UID_LENGTH} of the characters A-Z a-z 0-9 . _ -`;
  return [{ code: "TASK_UID_UNSAFE", message }];
}

function kindFlaws(kinds: readonly WorkKind[]): readonly Flaw[] {
  if (kinds.length === 1) return [];
  const found = kinds.length === 0 ? "none" : kinds.map(({ field }) => field).join(" and ");
  return [
    { code: "TASK_FIELD_INVALID", message: `give exactly one of executable, function and prompt; found ${found}` },
  ];
}
