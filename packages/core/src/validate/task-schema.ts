import * as z from "zod";
import { cacheSchema } from "../cache/cache-schema.ts";
import { isSecret, type Secret } from "../task/secret.ts";
import { isStandardSchema } from "../task/standard-schema.ts";
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

const variable = z.custom<string | Secret>(
  (value) => isSecret(value) || (typeof value === "string" && !value.includes("\0")),
  "must be text without NUL characters, or come from secret()",
);

/** Messages name a variable up to `=`, after which there may be its value. */
const environment = z.record(z.string(), variable).superRefine((record, context) => {
  for (const name of Object.keys(record)) {
    if (/^[^=\0]+$/.test(name)) continue;
    const path = [name.split("=", 1).join()];
    context.addIssue({
      code: "custom",
      path,
      message: "a variable's name must not be empty or contain `=` or a NUL character",
    });
  }
});

/** The fields that a description may have, each with the check of a value that is there. */
export type FieldSchemas = ReadonlyMap<string, z.ZodType>;

/** Fields that may have a default. */
const shared = {
  onDependencyFailure: z.enum(["fail", "run"]),
  environment,
  workingDirectory: nonEmpty,
  resources,
  retry,
  timeoutMs: positive,
  queueTimeoutMs: positive,
  priority: z.number(),
};

const captured = {
  capture: z.enum(["memory", "file", "none"]),
  maxOutputBytes: z.int().nonnegative(),
};

/** What tasks take from their session. */
export const defaultsSchema: z.ZodType = z.strictObject({ ...shared, ...captured }).partial();

const common = {
  ...shared,
  uid: z.string(),
  name: z.string(),
  backend: nonEmpty,
  dependencies: z.array(z.union([z.string(), handle])),
  cache: cacheSchema,
  backendOptions: z.record(z.string(), z.unknown()),
  metadata: z.record(z.string(), z.unknown()),
};

const argument = z.union(
  [text, z.number(), z.bigint(), z.boolean(), handle],
  "must be text, a number, a boolean or a task",
);

/** A computed list of arguments; tasks cannot appear in it any more. */
export const argumentsSchema: z.ZodType = z.array(z.union([text, z.number(), z.bigint(), z.boolean()]));

/** A computed program. */
export const programSchema: z.ZodType = z.object({
  executable: nonEmpty,
  arguments: argumentsSchema.optional(),
  stdin: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
});

export const executableFields: FieldSchemas = fields({
  ...common,
  ...captured,
  executable: z.union([nonEmpty, callable], "must be a program's path or name, or a function, and not empty"),
  arguments: z.union([z.array(argument), callable]),
  stdin: z.union([z.string(), z.instanceof(Uint8Array), handle], "must be text, bytes or a task"),
});

const moduleFunction = z.object({ kind: z.literal("module"), url: z.string(), name: nonEmpty });
const pythonFunction = z.object({ kind: z.literal("python"), module: nonEmpty, name: nonEmpty });

export const functionFields: FieldSchemas = fields({
  ...common,
  ...captured,
  function: z.union(
    [callable, moduleFunction, pythonFunction],
    "must be a function, or come from moduleFunction() or pythonFunction()",
  ),
  args: z.array(z.unknown()),
});

/** Passed on as it is, with whatever the protocol has besides. */
const message = z.looseObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(z.record(z.string(), z.unknown())), z.null()]),
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

/** Texts to embed, given or computed. */
export const textsSchema: z.ZodType = z.union(
  [z.string().min(1, "must not be empty"), z.array(z.string().min(1, "must not be empty")).min(1, "must not be empty")],
  "must be text or a list of texts, and not empty",
);

const penalty = z.number().min(-2).max(2);

const sampling = {
  systemPrompt: z.string(),
  temperature: z.number().nonnegative(),
  topP: z.number().min(0).max(1),
  topK: z.union([z.int().positive(), z.literal(-1)]),
  maxTokens: z.int().positive(),
  stop: z.union([z.string(), z.array(z.string())]),
  seed: z.int(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  logprobs: z.int().nonnegative(),
  tools: z.array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: nonEmpty }) })),
  toolChoice: z.union([z.enum(["none", "auto", "required"]), z.record(z.string(), z.unknown())]),
  parameters: z.record(z.string(), z.unknown()),
};

/** Names of a prompt's sampling options. */
export const samplingNames: readonly string[] = Object.keys(sampling);

export const promptFields: FieldSchemas = fields({
  ...common,
  ...sampling,
  prompt: z.union(
    [callable, promptSchema],
    "must be text, a list of texts, chat messages or a function, and not empty",
  ),
  model: nonEmpty,
  stream: z.boolean(),
  responseSchema: z.custom(isStandardSchema, "must be a schema of a library that follows Standard Schema, such as zod"),
  jsonSchema: z.union([z.record(z.string(), z.unknown()), z.literal(false)], "must be a JSON schema, or false"),
});

export const embeddingFields: FieldSchemas = fields({
  ...common,
  embed: z.union([callable, textsSchema], "must be text, a list of texts or a function, and not empty"),
  model: nonEmpty,
  dimensions: z.int().positive(),
  parameters: sampling.parameters,
});

function fields(schemas: Readonly<Record<string, z.ZodType>>): FieldSchemas {
  return new Map(Object.entries(schemas));
}
