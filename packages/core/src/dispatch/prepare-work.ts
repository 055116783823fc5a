import * as z from "zod";
import type { PlannedExecutable, PlannedWork } from "../graph/task-plan.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { ComputedProgram, DependencyContext } from "../task/task-options.ts";
import type { TaskResult } from "../task/task-result.ts";
import { argumentsSchema, programSchema, promptSchema, textsSchema } from "../validate/task-schema.ts";

/** What comes after {@link prepareRecord}. */
export interface AfterPreparing {
  /** The record can be handed over. */
  readonly ready: (record: TaskRecord) => void;
  /** Its program, arguments or prompt cannot be had. */
  readonly failed: (record: TaskRecord, cause: unknown) => void;
}

/**
 * Computes what a record's work is yet to be told, and says how that went: at once, or later when the user's function is asynchronous.
 * Says nothing when the record settled meanwhile, as it does when the function cancels its own task.
 *
 * @returns a promise that resolves, and never rejects, when it is for later.
 */
export function prepareRecord(record: TaskRecord, after: AfterPreparing): Promise<void> | undefined {
  let work: ReturnType<typeof prepareWork>;
  try {
    work = prepareWork(record);
  } catch (cause) {
    stop(record, cause, after);
    return undefined;
  }
  if (!(work instanceof Promise)) {
    goOn(record, work, after);
    return undefined;
  }
  return work.then(
    (computed) => goOn(record, computed, after),
    (cause: unknown) => stop(record, cause, after),
  );
}

function goOn(record: TaskRecord, work: PlannedWork | undefined, { ready }: AfterPreparing): void {
  if (record.settled) return;
  record.prepared = work;
  ready(record);
}

function stop(record: TaskRecord, cause: unknown, { failed }: AfterPreparing): void {
  if (!record.settled) failed(record, cause);
}

/**
 * Calls the function of results that gives a task its program, arguments or prompt, once its dependencies have settled.
 *
 * @returns the work with the computed value, or a promise of it; `undefined` when there is nothing to compute.
 * @throws whatever the function throws, or `TypeError` when what it gives is no program, no list of arguments, or no prompt.
 */
function prepareWork(record: TaskRecord): PlannedWork | Promise<PlannedWork> | undefined {
  const { work } = record.plan;
  if (work.kind === "executable" && typeof work.executable === "function") {
    return whenGiven(work.executable(contextOf(record)), (program) =>
      withArguments(withProgram(work, program), record),
    );
  }
  if (work.kind === "executable" && typeof work.arguments === "function") return withArguments(work, record);
  if (work.kind === "prompt" && typeof work.prompt === "function") {
    return whenGiven(work.prompt(contextOf(record)), (prompt) => withPrompt(work, prompt));
  }
  if (work.kind === "embedding" && typeof work.input === "function") {
    return whenGiven(work.input(contextOf(record)), (texts) => withTexts(work, texts));
  }
  return undefined;
}

function withProgram(work: PlannedExecutable, program: unknown): PlannedExecutable {
  const parsed = programSchema.safeParse(program);
  if (!parsed.success) {
    const message = "the function given as `executable` must return { executable, arguments?, stdin? }";
    throw new TypeError(`${message}: ${z.prettifyError(parsed.error)}`);
  }
  // The schema has just checked it.
  const { executable, arguments: given = work.arguments, stdin = work.stdin } = program as ComputedProgram;
  return { ...work, executable, arguments: given, stdin };
}

function withArguments(work: PlannedExecutable, record: TaskRecord): PlannedExecutable {
  if (typeof work.arguments !== "function") return work;
  const given: unknown = work.arguments(contextOf(record));
  const parsed = argumentsSchema.safeParse(given);
  if (!parsed.success)
    throw new TypeError("the function given as `arguments` must return a list of text, numbers or booleans");
  // The schema has just checked it.
  return { ...work, arguments: given as readonly string[] };
}

function withPrompt(work: Extract<PlannedWork, { kind: "prompt" }>, prompt: unknown): PlannedWork {
  const parsed = promptSchema.safeParse(prompt);
  if (!parsed.success) {
    throw new TypeError(
      "the function given as `prompt` must return text, a list of texts or chat messages, and not be empty",
    );
  }
  // The schema has just checked it.
  return { ...work, prompt: prompt as string };
}

function withTexts(work: Extract<PlannedWork, { kind: "embedding" }>, texts: unknown): PlannedWork {
  const parsed = textsSchema.safeParse(texts);
  if (!parsed.success) {
    throw new TypeError("the function given as `embed` must return text or a list of texts, and not be empty");
  }
  // The schema has just checked it.
  return { ...work, input: texts as string };
}

function contextOf(record: TaskRecord): DependencyContext {
  // `dependencies` may name a task twice, by uid and by handle; the records are in the order of first mention.
  const byUid = new Map(record.dependencies.map((dependency) => [dependency.uid, dependency.result]));
  const results: TaskResult[] = [];
  for (const dependency of record.plan.dependencies ?? []) {
    const result = byUid.get(typeof dependency === "string" ? dependency : dependency.uid);
    if (result !== undefined) results.push(result);
  }
  return { results };
}

/** Goes on with what a function of the user's gave, at once unless that is a promise. */
function whenGiven(given: unknown, goOn: (value: unknown) => PlannedWork): PlannedWork | Promise<PlannedWork> {
  return isThenable(given) ? Promise.resolve(given).then(goOn) : goOn(given);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}
