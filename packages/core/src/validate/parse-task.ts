import type * as z from "zod";
import type { TaskProblemCode } from "../errors/task-validation-error.ts";
import type { PlannedWork, TaskPlan } from "../graph/task-plan.ts";
import type {
  AITaskOptions,
  ExecutableTaskOptions,
  FunctionTaskOptions,
  TaskDescription,
} from "../task/task-options.ts";
import { Task, nextTaskUid } from "../task/task.ts";
import { NO_DEFAULTS, type TaskDefaults } from "./task-defaults.ts";
import { aiSchema, executableSchema, functionSchema, MAX_UID_LENGTH, samplingFields } from "./task-schema.ts";

/** Most bytes of each output stream kept in memory unless a task says otherwise. */
export const DEFAULT_MAX_OUTPUT_BYTES = 1_048_576;

/** What is wrong with one description. */
export interface Flaw {
  readonly code: TaskProblemCode;
  readonly message: string;
}

/** Turns what the user handed in into a plan, or lists its flaws. */
export function parseTask(input: unknown, defaults: TaskDefaults): TaskPlan | readonly Flaw[] {
  const description: unknown = input instanceof Task ? input.options : input;
  if (typeof description !== "object" || description === null) {
    return [{ code: "TASK_FIELD_INVALID", message: "must be a task object or a plain description" }];
  }
  const kinds = workFields.filter(([field]) => Reflect.get(description, field) !== undefined);
  const [, schema, toWork] = kinds[0] ?? executableField;
  const parsed = schema.safeParse(description);
  const uid: unknown = input instanceof Task ? input.uid : (Reflect.get(description, "uid") ?? nextTaskUid());
  if (!parsed.success || kinds.length !== 1 || typeof uid !== "string" || !isSafeUid(uid)) {
    return [...kindFlaws(kinds), ...fieldFlaws(parsed.error, description, kinds.length), ...uidFlaws(uid)];
  }
  // The schema has checked every field, and its output is a fresh object: it becomes the plan itself, which saves a copy a task.
  const plan = parsed.data as Writable<TaskPlan>;
  plan.uid = uid;
  plan.work = toWork(parsed.data as TaskDescription, defaults);
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

type WorkField = readonly [
  field: string,
  schema: z.ZodType,
  toWork: (fields: TaskDescription, defaults: TaskDefaults) => PlannedWork,
];

// In each row the schema has accepted the description, so it has the shape that `toWork` takes it for.
const executableField: WorkField = [
  "executable",
  executableSchema,
  (fields, defaults) => {
    const { executable, arguments: given = [], stdin, capture, maxOutputBytes } = fields as ExecutableTaskOptions;
    return { kind: "executable", executable, arguments: given, stdin, ...captureOf(capture, maxOutputBytes, defaults) };
  },
];

const workFields: readonly WorkField[] = [
  executableField,
  [
    "function",
    functionSchema,
    (fields, defaults) => {
      const {
        function: call,
        args = [],
        capture,
        maxOutputBytes,
      } = fields as FunctionTaskOptions<(...args: unknown[]) => unknown>;
      return { kind: "function", function: call, args, ...captureOf(capture, maxOutputBytes, defaults) };
    },
  ],
  [
    "prompt",
    aiSchema,
    (fields) => {
      const { prompt, model, stream = false } = fields as AITaskOptions;
      const sampling: Record<string, unknown> = {};
      for (const field of Object.keys(samplingFields)) {
        const value: unknown = Reflect.get(fields, field);
        if (value !== undefined) sampling[field] = value;
      }
      return { kind: "prompt", prompt, model, stream, sampling };
    },
  ],
];

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

function isSafeUid(uid: string): boolean {
  return SAFE_UID.test(uid) && uid !== "." && uid !== "..";
}

function uidFlaws(uid: unknown): readonly Flaw[] {
  // One of another type is the schema's to complain of.
  if (typeof uid !== "string" || isSafeUid(uid)) return [];
  const message = `uid ${JSON.stringify(uid)} is unsafe: use 1 to ${MAX_UID_LENGTH} of the characters A-Z a-z 0-9 . _ -`;
  return [{ code: "TASK_UID_UNSAFE", message }];
}

function kindFlaws(kinds: readonly WorkField[]): readonly Flaw[] {
  if (kinds.length === 1) return [];
  const found = kinds.length === 0 ? "none" : kinds.map(([field]) => field).join(" and ");
  return [
    { code: "TASK_FIELD_INVALID", message: `give exactly one of executable, function and prompt; found ${found}` },
  ];
}

function fieldFlaws(error: z.ZodError | undefined, description: object, kinds: number): readonly Flaw[] {
  return (error?.issues ?? []).flatMap((issue) => {
    // With no kind of work the "missing executable" of the schema tried would only confuse, as would fields of the other kinds with several.
    if (kinds !== 1 && (issue.path[0] === "executable" || issue.code === "unrecognized_keys")) return [];
    if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
      const unknown = issue.keys.filter((key) => Reflect.get(description, key) !== undefined);
      return unknown.map((key) => ({ code: "TASK_FIELD_INVALID" as const, message: unknownField(key) }));
    }
    const path = issue.path.map(String).join(".");
    return [
      { code: "TASK_FIELD_INVALID" as const, message: path === "" ? issue.message : `${path}: ${issue.message}` },
    ];
  });
}

function unknownField(key: string): string {
  const camelCase = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camelCase === key ? `unknown field ${key}` : `unknown field ${key}: write ${camelCase}`;
}
