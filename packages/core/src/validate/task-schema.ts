import * as z from "zod";
import { isTaskHandle } from "../task/task-handle.ts";

/** Longest uid; it becomes part of file names, whose limit is 255 bytes on common file systems. */
export const MAX_UID_LENGTH = 128;

const text = z.string().refine((value) => !value.includes("\0"), "must not contain a NUL character");
const nonEmpty = text.min(1, "must not be empty");
const handle = z.custom<object>(isTaskHandle, "must be a task");
const positive = z.number().positive();
const callable = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "must be a function");

const resources = z.strictObject({
  cores: z.number().nonnegative().optional(),
  gpus: z.number().nonnegative().optional(),
  memoryBytes: z.number().nonnegative().optional(),
  ranks: z.int().positive().optional(),
  nodes: z.int().positive().optional(),
});

const retry = z.strictObject({
  attempts: z.int().positive(),
  delayMs: z.number().nonnegative().optional(),
  factor: z.number().min(1).optional(),
  maxDelayMs: z.number().nonnegative().optional(),
  jitter: z.number().min(0).max(1).optional(),
  retryIf: callable.optional(),
});

const environmentName = text.regex(/^[^=]+$/, "a variable's name must not be empty or contain `=`");

const common = {
  uid: z.string().optional(),
  name: z.string().optional(),
  backend: nonEmpty.optional(),
  dependencies: z.array(z.union([z.string(), handle])).optional(),
  onDependencyFailure: z.enum(["fail", "run"]).optional(),
  environment: z.record(environmentName, text).optional(),
  workingDirectory: nonEmpty.optional(),
  resources: resources.optional(),
  retry: retry.optional(),
  timeoutMs: positive.optional(),
  queueTimeoutMs: positive.optional(),
  priority: z.number().optional(),
  backendOptions: z.record(z.string(), z.unknown()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
};

const captured = {
  capture: z.enum(["memory", "file", "none"]).optional(),
  maxOutputBytes: z.int().nonnegative().optional(),
};

const argument = z.union(
  [text, z.number(), z.bigint(), z.boolean(), handle],
  "must be text, a number, a boolean or a task",
);

/** A computed list of arguments; tasks cannot appear in it any more. */
export const argumentsSchema: z.ZodType = z.array(z.union([text, z.number(), z.bigint(), z.boolean()]));

export const executableSchema: z.ZodType = z.strictObject({
  ...common,
  ...captured,
  executable: nonEmpty,
  arguments: z.union([z.array(argument), callable]).optional(),
  stdin: z.union([z.string(), z.instanceof(Uint8Array), handle], "must be text, bytes or a task").optional(),
});

const moduleFunction = z.object({ kind: z.literal("module"), url: z.string(), name: nonEmpty });
const pythonFunction = z.object({ kind: z.literal("python"), module: nonEmpty, name: nonEmpty });

export const functionSchema: z.ZodType = z.strictObject({
  ...common,
  ...captured,
  function: z.union(
    [callable, moduleFunction, pythonFunction],
    "must be a function, or come from moduleFunction() or pythonFunction()",
  ),
  args: z.array(z.unknown()).optional(),
});

const message = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(z.record(z.string(), z.unknown()))]),
});

/** A prompt, given or computed. */
export const promptSchema: z.ZodType = z.union(
  [
    z.string().min(1, "must not be empty"),
    z.array(z.string().min(1, "must not be empty")).min(1, "must not be empty"),
    z.array(message).min(1, "must not be empty"),
  ],
  "must be text, a list of texts or a list of chat messages, and not empty",
);

const penalty = z.number().min(-2).max(2);

/** Fields of a prompt's sampling options, each with its check. */
export const samplingFields: Readonly<Record<string, z.ZodType>> = {
  systemPrompt: z.string().optional(),
  temperature: z.number().nonnegative().optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.union([z.int().positive(), z.literal(-1)]).optional(),
  maxTokens: z.int().positive().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  seed: z.int().optional(),
  presencePenalty: penalty.optional(),
  frequencyPenalty: penalty.optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
};

export const aiSchema: z.ZodType = z.strictObject({
  ...common,
  ...samplingFields,
  prompt: z.union(
    [callable, promptSchema],
    "must be text, a list of texts, chat messages or a function, and not empty",
  ),
  model: nonEmpty.optional(),
  stream: z.boolean().optional(),
});
