import type { CaptureMode } from "../backend/task-spec.ts";
import type { PlannedWork } from "../graph/task-plan.ts";
import type {
  AITaskOptions,
  CaptureOptions,
  EmbeddingTaskOptions,
  ExecutableTaskOptions,
  FunctionTaskOptions,
  TaskDescription,
} from "../task/task-options.ts";
import type { Flaw } from "./flaw.ts";
import { toJsonSchema } from "./response-schema.ts";
import type { TaskDefaults } from "./task-defaults.ts";
import {
  embeddingFields,
  executableFields,
  functionFields,
  promptFields,
  samplingNames,
  type FieldSchemas,
} from "./task-schema.ts";

/** Most bytes of each output stream kept in memory unless a task says otherwise. */
const DEFAULT_MAX_OUTPUT_BYTES = 1_048_576;

/** A kind of work as descriptions have it. */
export interface WorkKind {
  readonly fields: FieldSchemas;
  /** Takes the work out of fields that were checked, and so have the shape that each kind takes them for. */
  readonly toWork: (fields: TaskDescription, defaults: TaskDefaults) => PlannedWork | readonly Flaw[];
}

/** Fields of which a description has exactly one. */
export const kindFields = ["executable", "function", "prompt", "embed"] as const;

/** The kind of work that a description asks for; `undefined` when it names none or several. */
export function kindOf(description: Readonly<Record<(typeof kindFields)[number], unknown>>): WorkKind | undefined {
  const { executable, function: call, prompt, embed } = description;
  if (call !== undefined)
    return executable === undefined && prompt === undefined && embed === undefined ? functionKind : undefined;
  if (executable !== undefined) return prompt === undefined && embed === undefined ? executableKind : undefined;
  if (prompt !== undefined) return embed === undefined ? promptKind : undefined;
  return embed === undefined ? undefined : embeddingKind;
}

const executableKind: WorkKind = {
  fields: executableFields,
  toWork: (fields, defaults) => {
    const options = fields as ExecutableTaskOptions;
    const { executable, arguments: given = NONE, stdin } = options;
    return {
      kind: "executable",
      executable,
      arguments: given,
      stdin,
      capture: captureOf(options, defaults),
      maxOutputBytes: maxOutputBytesOf(options, defaults),
    };
  },
};

const functionKind: WorkKind = {
  fields: functionFields,
  toWork: (fields, defaults) => {
    const options = fields as FunctionTaskOptions<AnyFunction>;
    const { function: call, args = NONE } = options;
    return {
      kind: "function",
      function: typeof call === "function" ? { kind: "inline", call } : call,
      args,
      capture: captureOf(options, defaults),
      maxOutputBytes: maxOutputBytesOf(options, defaults),
    };
  },
};

const promptKind: WorkKind = {
  fields: promptFields,
  toWork: (fields) => {
    const { prompt, model, stream = false, responseSchema, jsonSchema } = fields as AITaskOptions;
    const sampling: Record<string, unknown> = {};
    for (const field of samplingNames) {
      const value: unknown = Reflect.get(fields, field);
      if (value !== undefined) sampling[field] = value;
    }
    const guide = toJsonSchema(responseSchema, jsonSchema);
    if (guide instanceof Error) return [{ code: "TASK_FIELD_INVALID", message: `responseSchema: ${guide.message}` }];
    return { kind: "prompt", prompt, model, stream, sampling, responseSchema, jsonSchema: guide };
  },
};

const embeddingKind: WorkKind = {
  fields: embeddingFields,
  toWork: (fields) => {
    const { embed: input, model, dimensions, parameters } = fields as EmbeddingTaskOptions;
    return { kind: "embedding", input, model, dimensions, parameters };
  },
};

/** Fields of all kinds, for a description that does not say which it is. */
export const anyFields: FieldSchemas = new Map([
  ...executableFields,
  ...functionFields,
  ...promptFields,
  ...embeddingFields,
]);

type AnyFunction = (...args: unknown[]) => unknown;

const NONE: readonly never[] = Object.freeze([]);

function captureOf({ capture }: CaptureOptions, defaults: TaskDefaults): CaptureMode {
  return capture ?? defaults.capture ?? "memory";
}

function maxOutputBytesOf({ maxOutputBytes }: CaptureOptions, defaults: TaskDefaults): number {
  return maxOutputBytes ?? defaults.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
}
