import type { EmbeddingWork, Prompt, PromptWork, SamplingOptions, Texts } from "@rhapsody/core";
import { z } from "zod";
import { duration } from "../options/duration.ts";
import { samplingSchema } from "../options/sampling-schema.ts";
import { parse } from "../options/settings.ts";

/** What `generate` and `embed` share. */
export interface AskOptions {
  /** Model to ask. @defaultValue the backend's */
  readonly model?: string | undefined;
  /** Longest time for all answers, in milliseconds, from when the backend is open. @defaultValue unlimited */
  readonly timeoutMs?: number | undefined;
  /** Aborts what was asked, on the server too; also the wait for the backend to be open. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `generate`. */
export interface GenerateOptions extends AskOptions {
  /** How the model picks its words. @defaultValue the backend's `defaults` */
  readonly sampling?: SamplingOptions | undefined;
  /** JSON schema that every answer is to keep to. @defaultValue any text */
  readonly jsonSchema?: Readonly<Record<string, unknown>> | undefined;
}

/** Options of `embed`. */
export interface EmbedOptions extends AskOptions {
  /** Numbers in each vector, for models that can shorten it. @defaultValue the model's own */
  readonly dimensions?: number | undefined;
  /** Further parameters for the server, passed on unchanged. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

const common = {
  model: z.string().min(1).optional(),
  timeoutMs: duration.positive().optional(),
  signal: z.instanceof(AbortSignal).optional(),
};
const record = z.record(z.string(), z.unknown());
const words = z.string().min(1, "must not be empty");
const message = z.looseObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(record), z.null()]),
});
const prompt = z.union(
  [words, z.array(words).nonempty(), z.array(message).nonempty()],
  "must be text, a list of texts or a list of chat messages, and not empty",
);
const texts = z.union([words, z.array(words).nonempty()], "must be text or a list of texts, and not empty");
const generateOptions = z.strictObject({
  ...common,
  sampling: samplingSchema.optional(),
  jsonSchema: record.optional(),
});
const embedOptions = z.strictObject({
  ...common,
  dimensions: z.int().positive().optional(),
  parameters: record.optional(),
});

/** @throws `OptionsError` that lists every problem. */
export function parseGenerate(given: Prompt, options: GenerateOptions): PromptWork {
  const {
    model,
    sampling = {},
    jsonSchema,
  } = parse("generate", z.strictObject({ prompt, options: generateOptions }), { prompt: given, options }).options;
  return {
    kind: "prompt",
    prompt: given,
    sampling: { ...sampling },
    stream: false,
    ...(model !== undefined && { model }),
    ...(jsonSchema !== undefined && { jsonSchema }),
  };
}

/** @throws `OptionsError` that lists every problem. */
export function parseEmbed(given: Texts, options: EmbedOptions): EmbeddingWork {
  const {
    model,
    dimensions,
    parameters = {},
  } = parse("embed", z.strictObject({ texts, options: embedOptions }), { texts: given, options }).options;
  return {
    kind: "embedding",
    input: given,
    parameters,
    ...(model !== undefined && { model }),
    ...(dimensions !== undefined && { dimensions }),
  };
}
