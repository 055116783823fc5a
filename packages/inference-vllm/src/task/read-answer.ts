import type { TokenUsage, ToolCall } from "@rhapsody/core";
import type { Reply } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import { isObject, objectsIn, type JsonObject } from "../fleet/read-json.ts";

/** What a reply has for one prompt. */
export interface Answer {
  readonly text: string;
  readonly finishReason: string | undefined;
  /** Empty for a model that does not reason, or a server that does not tell. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly logprobs: unknown;
}

/** The answer in a reply to one prompt. @throws `InferenceError` `INFERENCE_MALFORMED` when there is none. */
export function readAnswer({ body, replica }: Reply): Answer {
  const [choice] = objectsIn(body["choices"]);
  if (choice === undefined) throw malformed(replica, "it has no choice");
  const { message, text, finish_reason: finishReason, logprobs } = choice;
  const said = isObject(message) ? message["content"] : text;
  // A message without a text asks for calls, or ended before it said anything.
  if (typeof said !== "string" && said != null) throw malformed(replica, "its text is no text");
  if (said === undefined && !isObject(message)) throw malformed(replica, "its choice has no text");
  return {
    text: said ?? "",
    finishReason: typeof finishReason === "string" ? finishReason : undefined,
    reasoning: isObject(message) ? readReasoning(message) : "",
    toolCalls: isObject(message) ? readToolCalls(message) : [],
    logprobs: logprobs ?? undefined,
  };
}

/** The vectors in a reply, in the order of the texts. @throws `InferenceError` `INFERENCE_MALFORMED` when it has not one for each. */
export function readVectors({ body, replica }: Reply, count: number): readonly (readonly number[])[] {
  const vectors: (readonly number[])[] = Array.from({ length: count });
  let read = 0;
  for (const { index, embedding } of objectsIn(body["data"])) {
    if (typeof index !== "number" || !(index < count) || !isVector(embedding)) continue;
    if (vectors[index] === undefined) read += 1;
    vectors[index] = embedding;
  }
  if (read !== count) throw malformed(replica, `it has ${read} vectors for ${count} texts`);
  return vectors;
}

/** Tokens as the server counted them; `undefined` when it did not. */
export function readUsage({ body }: Reply): TokenUsage | undefined {
  const usage = body["usage"];
  if (!isObject(usage)) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens = 0 } = usage;
  if (typeof promptTokens !== "number" || typeof completionTokens !== "number") return undefined;
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}

/** The text that an event of a streamed answer adds; empty for one that adds none. */
export function readPiece(event: JsonObject): string {
  const [choice] = objectsIn(event["choices"]);
  if (choice === undefined) return "";
  const { delta, text } = choice;
  const said = isObject(delta) ? delta["content"] : text;
  return typeof said === "string" ? said : "";
}

/** `reasoning` in vLLM 0.32, `reasoning_content` in others. */
function readReasoning({ reasoning, reasoning_content: content }: JsonObject): string {
  const said = reasoning ?? content;
  return typeof said === "string" ? said : "";
}

function readToolCalls({ tool_calls: calls }: JsonObject): readonly ToolCall[] {
  return objectsIn(calls).flatMap(({ id, function: called }) => {
    if (!isObject(called)) return [];
    const { name, arguments: given } = called;
    return [{ id: String(id), type: "function", function: { name: String(name), arguments: String(given) } }];
  });
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}

function malformed(replica: string, why: string): InferenceError {
  return new InferenceError("INFERENCE_MALFORMED", `${replica}: the answer is not of the OpenAI protocol: ${why}`, {
    replica,
  });
}
