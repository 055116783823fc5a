import type { ChatMessage, EmbeddingWork, PromptWork } from "@rhapsody/core";
import type { Call } from "../fleet/call.ts";
import type { Manner } from "./manner.ts";
import { toParameterBody, toSamplingBody } from "./sampling-body.ts";

/** Characters of a token, roughly, in English. */
const CHARACTERS_PER_TOKEN = 4;

/** Tokens that an answer is taken to have when nothing bounds it. */
const USUAL_ANSWER = 256;

/** Most texts to embed in one request; hosted servers take up to 2,048. */
export const TEXTS_PER_CALL = 256;

/** True when the prompt is a list of prompts, each with an answer of its own. */
export function isList(prompt: PromptWork["prompt"]): prompt is readonly string[] {
  return typeof prompt !== "string" && typeof prompt[0] === "string";
}

/**
 * The requests of a task, one for each prompt.
 *
 * @throws `OptionsError` when its options do not go together.
 */
export function toCalls(work: PromptWork, manner: Manner): readonly Call[] {
  const { prompt, jsonSchema, stream } = work;
  const sampling = { ...manner.defaults, ...work.sampling };
  const prompts = isList(prompt) ? prompt : [prompt];
  const form = typeof prompts[0] === "string" ? manner.form : "chat";
  const model = work.model ?? manner.model;
  const common = {
    ...(model !== undefined && { model }),
    ...toSamplingBody(sampling, form),
    ...(jsonSchema !== undefined && {
      response_format: { type: "json_schema", json_schema: { name: "response", schema: jsonSchema } },
    }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
  const system = typeof sampling.systemPrompt === "string" ? sampling.systemPrompt : undefined;
  const answer = sampling.maxTokens ?? USUAL_ANSWER;
  return prompts.map((one) => {
    const messages = typeof one === "string" ? [{ role: "user", content: one } as const] : one;
    const text = (system ?? "") + (typeof one === "string" ? one : one.map(textOf).join("\n"));
    return {
      ...(form === "text"
        ? { path: "completions", body: { ...common, prompt: one } }
        : { path: "chat/completions", body: { ...common, messages: withSystem(messages, system) } }),
      cost: Math.ceil(text.length / CHARACTERS_PER_TOKEN) + answer,
      prefix: text,
      owner: manner.owner,
    };
  });
}

/** The requests of texts to embed, some texts in each. @throws `OptionsError` for parameters that it cannot have. */
export function toEmbeddingCalls(work: EmbeddingWork, manner: Manner): readonly Call[] {
  const { input, dimensions } = work;
  const model = work.model ?? manner.model;
  const common = {
    ...(model !== undefined && { model }),
    ...(dimensions !== undefined && { dimensions }),
    ...toParameterBody(work.parameters),
    encoding_format: "float",
  };
  const texts = typeof input === "string" ? [input] : input;
  return Array.from({ length: Math.ceil(texts.length / TEXTS_PER_CALL) }, (_, index): Call => {
    const some = texts.slice(index * TEXTS_PER_CALL, (index + 1) * TEXTS_PER_CALL);
    const characters = some.reduce((sum, { length }) => sum + length, 0);
    return {
      path: "embeddings",
      body: { ...common, input: some },
      cost: Math.ceil(characters / CHARACTERS_PER_TOKEN),
      prefix: "",
      owner: manner.owner,
    };
  });
}

function withSystem(messages: readonly ChatMessage[], system: string | undefined): readonly ChatMessage[] {
  return system === undefined ? messages : [{ role: "system", content: system }, ...messages];
}

/** The words of a message, without what is no text. */
function textOf({ content }: ChatMessage): string {
  if (content === null || typeof content === "string") return content ?? "";
  return content.map(({ text }) => (typeof text === "string" ? text : "")).join("\n");
}
