import type { TaskPlan } from "../graph/task-plan.ts";
import { TaskFuture } from "../task/task-future.ts";
import { isTaskHandle, type TaskHandle } from "../task/task-handle.ts";
import type { TaskDescription } from "../task/task-options.ts";
import { Task, nextTaskUid } from "../task/task.ts";
import { isFlaws, type Flaw } from "./flaw.ts";
import { readFields } from "./read-fields.ts";
import { NO_DEFAULTS, type TaskDefaults } from "./task-defaults.ts";
import { MAX_UID_LENGTH } from "./task-schema.ts";
import { anyFields, kindFields, kindOf } from "./work-kind.ts";

/** Turns what the user handed in into a plan, or lists its flaws. */
export function parseTask(input: unknown, defaults: TaskDefaults): TaskPlan | readonly Flaw[] {
  const description: unknown = input instanceof Task ? input.options : input;
  if (typeof description !== "object" || description === null) {
    return [{ code: "TASK_FIELD_INVALID", message: "must be a task object or a plain description" }];
  }
  // Whatever it is, these fields can be asked for.
  const kind = kindOf(description as Parameters<typeof kindOf>[0]);
  const fields = readFields(description, kind?.fields ?? anyFields);
  const uid: unknown = input instanceof Task ? input.uid : (Reflect.get(description, "uid") ?? nextTaskUid());
  if (isFlaws(fields) || kind === undefined || !isSafeUid(uid)) {
    if (input === description && isTaskHandle(input)) return [handleFlaw(input)];
    return [
      ...(kind === undefined ? [kindFlaw(description)] : []),
      ...(isFlaws(fields) ? fields : []),
      ...uidFlaws(uid),
    ];
  }
  // The fields have just been checked and copied: they become the plan itself, which saves a copy a task.
  const plan = fields as Writable<TaskPlan>;
  const work = kind.toWork(fields as unknown as TaskDescription, defaults);
  if (isFlaws(work)) return work;
  plan.uid = uid;
  plan.work = work;
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

const SAFE_UID = new RegExp(`^[A-Za-z0-9._-]{1,${MAX_UID_LENGTH}}$`);

function isSafeUid(uid: unknown): uid is string {
  return typeof uid === "string" && SAFE_UID.test(uid) && uid !== "." && uid !== "..";
}

/** A handle is no description; reading it as one would only say that all its fields are unknown. */
function handleFlaw(handle: TaskHandle): Flaw {
  if (TaskFuture.sourceOf(handle) !== undefined) {
    return { code: "TASK_ALREADY_SUBMITTED", message: "this is the future of a task that was submitted before" };
  }
  const message =
    "this task object comes from another installed copy of @rhapsody/core: install one version only (npm ls @rhapsody/core)";
  return { code: "TASK_FIELD_INVALID", message };
}

function uidFlaws(uid: unknown): readonly Flaw[] {
  // One of another type is among the fields' flaws.
  if (typeof uid !== "string" || isSafeUid(uid)) return [];
  const message = `uid ${JSON.stringify(uid)} is unsafe: use 1 to ${MAX_UID_LENGTH} of the characters A-Z a-z 0-9 . _ -`;
  return [{ code: "TASK_UID_UNSAFE", message }];
}

function kindFlaw(description: object): Flaw {
  const found = kindFields.filter((field) => Reflect.get(description, field) !== undefined).join(" and ");
  const message = `give exactly one of executable, function, prompt and embed; found ${found === "" ? "none" : found}`;
  return { code: "TASK_FIELD_INVALID", message };
}
