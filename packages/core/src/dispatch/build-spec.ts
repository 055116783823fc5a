import type { ExecutableWork, TaskSpec, TaskWork } from "../backend/task-spec.ts";
import { replaceHandles } from "../graph/pending-values.ts";
import type { PlannedExecutable } from "../graph/task-plan.ts";
import { TaskRecord } from "../graph/task-record.ts";
import { isSecret, textOf, type Secret } from "../task/secret.ts";
import { TaskFuture } from "../task/task-future.ts";
import { isTaskHandle, type TaskHandle } from "../task/task-handle.ts";
import { Task } from "../task/task.ts";
import type { Demand } from "./demand.ts";

const encoder = new TextEncoder();
const nothing = Object.freeze({});

/** The next attempt of a record as its backend gets it: tasks in its values replaced by what they gave. */
export function buildSpec(record: TaskRecord, demand: Demand, epoch: number): TaskSpec {
  const { plan } = record;
  const spec: Writable<TaskSpec> = {
    uid: record.uid,
    attempt: record.attempt,
    epoch,
    name: plan.name ?? record.uid,
    work: buildWork(record),
    environment: plan.environment === undefined ? nothing : reveal(plan.environment),
    resources: demand.resources,
    priority: plan.priority ?? 0,
    backendOptions: plan.backendOptions === undefined ? nothing : { ...plan.backendOptions },
  };
  if (plan.workingDirectory !== undefined) spec.workingDirectory = plan.workingDirectory;
  if (plan.timeoutMs !== undefined) spec.timeoutMs = plan.timeoutMs;
  return spec;
}

/** The variables with their secrets in plain text, for the backend alone. */
function reveal(environment: Readonly<Record<string, string | Secret>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, isSecret(value) ? textOf(value) : value]),
  );
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The work of a record that is ready to run: tasks in its values replaced by what they gave. */
export function buildWork(record: TaskRecord): TaskWork {
  const work = record.prepared ?? record.plan.work;
  switch (work.kind) {
    case "executable":
      return buildExecutable(work);
    case "function": {
      if (work.args.length === 0) return work;
      // A list with tasks replaced is still a list.
      const args = replaceHandles(work.args, valueOf) as readonly unknown[];
      return args === work.args ? work : { ...work, args };
    }
    case "prompt": {
      const { prompt, model, sampling, stream, jsonSchema = false } = work;
      if (typeof prompt === "function") throw new TypeError("the prompt was not computed");
      const guide = jsonSchema !== false && { jsonSchema };
      return { kind: "prompt", prompt, ...(model !== undefined && { model }), sampling, stream, ...guide };
    }
    case "embedding": {
      const { input, model, dimensions, parameters = nothing } = work;
      if (typeof input === "function") throw new TypeError("the texts were not computed");
      const asked = { ...(model !== undefined && { model }), ...(dimensions !== undefined && { dimensions }) };
      return { kind: "embedding", input, ...asked, parameters };
    }
  }
}

function buildExecutable(work: PlannedExecutable): TaskWork {
  const { executable, arguments: given, stdin, capture, maxOutputBytes } = work;
  if (typeof executable === "function") throw new TypeError("the program was not computed");
  if (typeof given === "function") throw new TypeError("the arguments were not computed");
  const built: Writable<ExecutableWork> = {
    kind: "executable",
    executable,
    arguments: given.map((argument) =>
      isTaskHandle(argument) ? withoutTrailingNewlines(toText(valueOf(argument))) : String(argument),
    ),
    capture,
    maxOutputBytes,
  };
  const input = isTaskHandle(stdin) ? toText(valueOf(stdin)) : stdin;
  if (input !== undefined) built.stdin = typeof input === "string" ? encoder.encode(input) : input;
  return built;
}

/** The value that a task gave. Looked up by handle, not among the dependencies, of which there may be many thousands. */
function valueOf(handle: TaskHandle): unknown {
  const source = TaskFuture.sourceOf(Task.futureOf(handle) ?? handle);
  return source instanceof TaskRecord ? source.result?.returnValue : undefined;
}

/** A value as a program can read it: bytes and text as they are, other values as JSON, `undefined` as nothing. */
function toText(value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (value === undefined) return "";
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function withoutTrailingNewlines(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : new TextDecoder().decode(value);
  if (text.includes("\0")) throw new TypeError("a task's value contains a NUL character, which no argument can carry");
  // Not by a regular expression: looking for the newlines before the end, it takes quadratic time in a run of them elsewhere.
  let end = text.length;
  while (text[end - 1] === "\n") end -= 1;
  return text.slice(0, end);
}
