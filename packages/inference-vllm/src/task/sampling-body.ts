import { OptionsError } from "@rhapsody/core";
import type { PromptForm } from "../options/backend-options.ts";

type Sampling = Readonly<Record<string, unknown>>;

/** Names of sampling options in the protocol, where only the spelling differs. */
const names: Readonly<Record<string, string>> = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  maxTokens: "max_tokens",
  stop: "stop",
  seed: "seed",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  tools: "tools",
  toolChoice: "tool_choice",
};

/** Options that only a chat has. */
const chatOnly = ["systemPrompt", "tools", "toolChoice"];

/** Parameters that the backend sets itself, and what a task is to use instead. */
const reserved: Readonly<Record<string, string>> = {
  model: "the task's `model`",
  prompt: "the task's `prompt`",
  messages: "the task's `prompt`",
  input: "the task's `embed`",
  stream: "the task's `stream`",
  stream_options: "the task's `stream`",
  n: "a list with the prompt several times",
  best_of: "a list with the prompt several times",
  encoding_format: "nothing: vectors come as numbers",
};

/**
 * Sampling options as a request has them.
 *
 * @throws `OptionsError` that lists everything that such a request cannot have.
 */
export function toSamplingBody(sampling: Sampling, form: PromptForm): Sampling {
  const problems: string[] = [];
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sampling)) {
    if (value === undefined) continue;
    if (form === "text" && chatOnly.includes(name))
      problems.push(
        `${name} needs a chat: put it into the prompt, or ask with \`backendOptions: { vllm: { prompts: "chat" } }\``,
      );
    const spelled = names[name];
    if (spelled !== undefined) body[spelled] = value;
    else if (name === "logprobs")
      Object.assign(body, form === "chat" ? { logprobs: true, top_logprobs: value } : { logprobs: value });
    else if (name !== "parameters" && name !== "systemPrompt") problems.push(`there is no sampling option ${name}`);
  }
  // By their own names, so they have the last word.
  Object.assign(body, checkParameters(sampling["parameters"], problems));
  if (problems.length > 0) throw new OptionsError(problems.join("; "));
  return body;
}

/** Parameters of an embedding, as the request has them. @throws `OptionsError` as {@link toSamplingBody} does. */
export function toParameterBody(parameters: Sampling): Sampling {
  const problems: string[] = [];
  const body = checkParameters(parameters, problems);
  if (problems.length > 0) throw new OptionsError(problems.join("; "));
  return body;
}

function checkParameters(parameters: unknown, problems: string[]): Sampling {
  if (parameters === undefined) return {};
  // A record, as the session has checked.
  const given = parameters as Sampling;
  for (const name of Object.keys(given)) {
    const instead = reserved[name];
    if (instead !== undefined) problems.push(`\`parameters.${name}\` is set by the backend: use ${instead}`);
  }
  return given;
}
