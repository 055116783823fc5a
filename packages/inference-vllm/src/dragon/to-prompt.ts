import type { Call } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import { isObject, type JsonObject } from "../fleet/read-json.ts";
import type { DragonConfiguration } from "./dragon-configuration.ts";
import type { ServiceConfiguration } from "./read-dragon-configuration.ts";

/** One prompt as the Python engine takes it (`asked.py`). */
export interface DragonPrompt {
  /** A chat, or a text to continue. */
  readonly messages: readonly JsonObject[] | string;
  readonly tools?: readonly unknown[];
  /** JSON schema that the answer is to keep to. */
  readonly schema?: JsonObject;
  readonly stream: boolean;
}

/** Sampling of the protocol, and where the service has it. */
const SAMPLING: Readonly<Record<string, keyof NonNullable<DragonConfiguration["llm"]>>> = {
  temperature: "temperature",
  top_p: "top_p",
  top_k: "top_k",
  max_tokens: "max_tokens",
  max_completion_tokens: "max_tokens",
  repetition_penalty: "repetition_penalty",
  ignore_eos: "ignore_eos",
  skip_special_tokens: "skip_special_tokens",
};

/** Without effect on the answer, or what the service does anyway. */
const HARMLESS: ReadonlySet<string> = new Set([
  "messages",
  "prompt",
  "model",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "response_format",
  "user",
  "n",
]);

/**
 * What the service is asked for a call.
 *
 * @throws `InferenceError` for what it cannot do; it would ignore most of that silently.
 */
export function toPrompt({ path, body }: Call, { config, model }: ServiceConfiguration): DragonPrompt {
  if (path === "embeddings") throw refusal("makes no embeddings: attach a backend to a server that does");
  const asked = body["model"];
  if (asked !== undefined && asked !== model)
    throw new InferenceError(
      "INFERENCE_MODEL_NOT_FOUND",
      `Dragon's inference service has the model ${model}, not ${JSON.stringify(asked)}`,
      { status: 404 },
    );
  const problems = Object.entries(body).flatMap(([name, value]) => problemWith(name, value, config));
  if (problems.length > 0) throw refusal(problems.join("; "));
  const { messages, prompt, tools, tool_choice: choice } = body;
  const schema = schemaIn(body["response_format"]);
  return {
    // As the protocol has them; the service says when they are of another form.
    messages: (path === "completions" ? prompt : messages) as DragonPrompt["messages"],
    ...(Array.isArray(tools) && choice !== "none" && { tools }),
    ...(schema !== undefined && { schema }),
    stream: body["stream"] === true && config.llm?.use_async_streaming === true,
  };
}

function problemWith(name: string, value: unknown, { llm = {} }: DragonConfiguration): readonly string[] {
  if (value === undefined || value === null) return [];
  const setting = SAMPLING[name];
  if (setting !== undefined) {
    const own: unknown = llm[setting];
    const instead = `has one ${name} for all prompts, ${own === undefined ? "Dragon's own" : JSON.stringify(own)}: set llm.${setting} in its configuration`;
    return own === value ? [] : [instead];
  }
  if (!HARMLESS.has(name)) return [`knows no ${name}`];
  if (name === "n" && value !== 1) return ["gives one answer for each prompt: repeat the prompt instead of n"];
  if (name === "prompt" && typeof value !== "string")
    return ["takes one text at a time: send each prompt alone (no maxBatchSize)"];
  if (name === "tool_choice" && value !== "auto" && value !== "none")
    return ["lets the model choose its tools: leave tool_choice out"];
  if (name === "response_format" && schemaIn(value) === undefined && !(isObject(value) && value["type"] === "text"))
    return ["keeps answers to JSON schemas only: use a response_format of type json_schema"];
  return [];
}

function schemaIn(format: unknown): JsonObject | undefined {
  if (!isObject(format) || format["type"] !== "json_schema" || !isObject(format["json_schema"])) return undefined;
  const { schema } = format["json_schema"];
  return isObject(schema) ? schema : undefined;
}

function refusal(what: string): InferenceError {
  return new InferenceError("INFERENCE_BAD_REQUEST", `Dragon's inference service ${what}`, { status: 400 });
}
