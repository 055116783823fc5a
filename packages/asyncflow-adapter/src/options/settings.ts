import { isTaskHandle, OptionsError, type TaskHandle, type TaskOptions } from "@rhapsody/core";
import * as z from "zod";
import type { FlowError } from "../errors/flow-error.ts";
import { InputFile } from "../files/input-file.ts";
import { OutputFile } from "../files/output-file.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import { CallLimit } from "./call-limit.ts";
import { toMs } from "./duration.ts";
import { toRetryPolicy } from "./flow-retry.ts";
import type { BlockOptions, CallOptions, ProgramOptions } from "./flow-task-options.ts";

/** Options as the engine uses them. */
export interface Settings {
  /** Fields of the task that does the work. */
  readonly task: Omit<TaskOptions, "uid" | "name" | "dependencies">;
  readonly after: readonly (FlowHandle<unknown> | TaskHandle)[];
  readonly when: "allSuccess" | "allDone" | "oneSuccess";
  readonly fallback: ((error: FlowError) => unknown) | undefined;
  readonly limit: CallLimit | undefined;
  readonly signal: AbortSignal | undefined;
  readonly workflowId: string | undefined;
  readonly onFailure: "cancel" | "leave";
  readonly inputs: readonly InputFile[];
  /** Names of files. */
  readonly outputs: readonly string[];
}

/** All options that there are. */
export type AnyOptions = ProgramOptions & BlockOptions;

const callable = z.custom((value) => typeof value === "function", "must be a function");
const record = z.record(z.string(), z.unknown());

// Fields that go to the session as they are, it checks.
const schema = z.strictObject({
  name: z.string().min(1).optional(),
  after: z.array(z.custom(isHandle, "must be a handle: what a call of a task function gives")).optional(),
  when: z.enum(["allSuccess", "allDone", "oneSuccess"]).optional(),
  fallback: callable.optional(),
  retry: z.union([z.int().positive(), record]).optional(),
  timeout: z.union([z.number(), z.string()]).optional(),
  queueTimeout: z.union([z.number(), z.string()]).optional(),
  priority: z.number().optional(),
  concurrency: z.int().positive().optional(),
  signal: z.instanceof(AbortSignal).optional(),
  workflowId: z.string().min(1).optional(),
  backend: z.string().min(1).optional(),
  resources: record.optional(),
  environment: record.optional(),
  workingDirectory: z.string().min(1).optional(),
  cache: z.union([z.literal(true), record]).optional(),
  backendOptions: record.optional(),
  onFailure: z.enum(["cancel", "leave"]).optional(),
  inputs: z.array(z.instanceof(InputFile)).refine(areDifferent, "two of the files have the same name").optional(),
  outputs: z.array(z.union([z.string(), z.instanceof(OutputFile)])).optional(),
});

/**
 * Checks options and brings them into the form that the engine uses.
 *
 * @throws OptionsError that lists every problem.
 */
export function toSettings(options: AnyOptions): Settings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new OptionsError(`[flow] ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  const { after = [], when = "allSuccess", concurrency, signal, workflowId, onFailure = "cancel" } = options;
  const { fallback, retry, timeout, queueTimeout, priority } = options;
  const { inputs = [], outputs = [] } = options;
  const { backend, resources, environment, workingDirectory, cache, backendOptions } = options;
  return {
    task: withoutUndefined({
      retry: toRetryPolicy(retry),
      timeoutMs: toMs("timeout", timeout),
      queueTimeoutMs: toMs("queueTimeout", queueTimeout),
      priority,
      backend,
      resources,
      environment,
      workingDirectory,
      cache,
      backendOptions,
    }),
    after,
    when,
    fallback,
    limit: concurrency === undefined ? undefined : new CallLimit(concurrency),
    signal,
    workflowId,
    onFailure,
    inputs,
    outputs: outputs.map((output) => (typeof output === "string" ? new OutputFile(output) : output).name),
  };
}

/** Fields that are there: they are copied for every call. */
function withoutUndefined<T extends object>(fields: T): Partial<T> {
  // Some of the same fields.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function isHandle(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return FlowHandle.nodeOf(value) !== undefined || isTaskHandle(value);
}

function areDifferent(files: readonly InputFile[]): boolean {
  return new Set(files.map(({ name }) => name)).size === files.length;
}

/** Options over others: the later count, environments are merged. */
export function overlay<O extends CallOptions<unknown>>(base: O, over: O): O {
  const { environment: below }: AnyOptions = base;
  const { environment: above }: AnyOptions = over;
  const merged = below !== undefined && above !== undefined ? { environment: { ...below, ...above } } : {};
  return { ...base, ...over, ...merged };
}
