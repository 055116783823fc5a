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
import type { TaskDefaults } from "./task-defaults.ts";
import { aiSchema, executableSchema, functionSchema, MAX_UID_LENGTH, samplingFields } from "./task-schema.ts";

/** Most bytes of each output stream kept in memory unless a task says otherwise. */
export const DEFAULT_MAX_OUTPUT_BYTES = 1_048_576;

/** What is wrong with one description. */
export interface Flaw {
  readonly code: TaskProblemCode;
  readonly message: string;
}

/** Turns what the user handed in into a plan, or lists its flaws. */
export function parseTask(input: unknown, defaults: TaskDefaults, flaws: Flaw[]): TaskPlan | undefined {
  const description: unknown = input instanceof Task ? input.options : input;
  if (typeof description !== "object" || description === null) {
    flaws.push({ code: "TASK_FIELD_INVALID", message: "must be a task object or a plain description" });
    return undefined;
  }
  const kinds = workFields.filter(([field]) => Reflect.get(description, field) !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const found = kinds.length === 0 ? "none" : kinds.map(([field]) => field).join(" and ");
    flaws.push({
      code: "TASK_FIELD_INVALID",
      message: `give exactly one of executable, function and prompt; found ${found}`,
    });
  }
  const [, schema, toWork] = kind ?? executableField;
  const parsed = schema.safeParse(description);
  if (!parsed.success) flaws.push(...toFlaws(parsed.error, description, kinds.length));
  const uid: unknown = input instanceof Task ? input.uid : (Reflect.get(description, "uid") ?? nextTaskUid());
  if (typeof uid === "string" && !isSafeUid(uid)) flaws.push({ code: "TASK_UID_UNSAFE", message: unsafeUid(uid) });
  if (flaws.length > 0) return undefined;
  // The schema has just checked every field of the description.
  const fields = parsed.data as TaskDescription & { readonly uid: string };
  return toPlan(String(uid), fields, { work: toWork(fields, defaults), defaults });
}

function toPlan(uid: string, fields: TaskDescription, { work, defaults }: Planned): TaskPlan {
  return {
    uid,
    work,
    name: fields.name,
    backend: fields.backend,
    dependencies: fields.dependencies,
    onDependencyFailure: fields.onDependencyFailure ?? defaults.onDependencyFailure,
    environment:
      defaults.environment === undefined ? fields.environment : { ...defaults.environment, ...fields.environment },
    workingDirectory: fields.workingDirectory ?? defaults.workingDirectory,
    resources: fields.resources ?? defaults.resources,
    retry: fields.retry ?? defaults.retry,
    timeoutMs: fields.timeoutMs ?? defaults.timeoutMs,
    queueTimeoutMs: fields.queueTimeoutMs ?? defaults.queueTimeoutMs,
    priority: fields.priority ?? defaults.priority,
    backendOptions: fields.backendOptions,
    metadata: fields.metadata,
  };
}

interface Planned {
  readonly work: PlannedWork;
  readonly defaults: TaskDefaults;
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

function unsafeUid(uid: string): string {
  return `uid ${JSON.stringify(uid)} is unsafe: use 1 to ${MAX_UID_LENGTH} of the characters A-Z a-z 0-9 . _ -`;
}

function toFlaws(error: z.ZodError, description: object, kinds: number): Flaw[] {
  return error.issues.flatMap((issue) => {
    // With no kind of work the "missing executable" of the schema tried would only confuse, as would fields of the other kinds with several.
    if (kinds !== 1 && (issue.path[0] === "executable" || issue.code === "unrecognized_keys")) return [];
    if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
      return issue.keys
        .filter((key) => Reflect.get(description, key) !== undefined)
        .map((key) => ({ code: "TASK_FIELD_INVALID" as const, message: unknownField(key) }));
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
