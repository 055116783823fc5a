import { InferenceError, type InferenceErrorCode } from "./inference-error.ts";
import { isObject, readObject } from "./read-json.ts";

/** Why one request failed, and whether another may do better. */
export interface Refusal {
  readonly error: InferenceError;
  /** `never`: the next answer would be the same. `elsewhere`: another replica may do, or this one later. `others`: another may, this one never. `here`: at once, also on this one. */
  readonly again: "never" | "elsewhere" | "others" | "here";
  /** When the server wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** `full`: the replica takes fewer requests for now. `broken`: it may be dead. */
  readonly replica?: "full" | "broken";
}

/** An answer that is not a success. */
export interface ErrorAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: string | undefined;
  readonly replica: string;
}

/** Most characters of a server's words in a message. */
const MOST_SAID = 2_000;

/** Error of an answer's status and body, as vLLM 0.32 and OpenAI's servers give them. */
export function classifyAnswer(answer: ErrorAnswer): Refusal {
  const { status, text, replica } = answer;
  const said = saidIn(text) || `HTTP status ${status} with no explanation`;
  const refuse = (code: InferenceErrorCode, what: string, rest: Omit<Refusal, "error">): Refusal => ({
    error: new InferenceError(code, `${replica}: ${what}: ${said}`, { status, replica, param: paramIn(text) }),
    ...rest,
  });
  if (status === 429 && /insufficient_quota/.test(text))
    return refuse("INFERENCE_UNAUTHORIZED", "the account of the apiKey has used up its quota", { again: "others" });
  if (status === 429 || (status === 503 && !isLoading(said))) {
    const retryAfterMs = parseRetryAfter(answer.retryAfter);
    return refuse("INFERENCE_OVERLOADED", "the server is full", {
      again: "elsewhere",
      replica: "full",
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (status === 401 || status === 403)
    return refuse("INFERENCE_UNAUTHORIZED", "the server wants another apiKey", { again: "others" });
  if (isContextOverflow(said)) {
    return refuse("INFERENCE_CONTEXT_OVERFLOW", "prompt and answer do not fit the model's context", { again: "never" });
  }
  if (status === 501) return refuse("INFERENCE_BAD_REQUEST", "the server cannot do this (501)", { again: "others" });
  if (status >= 500) {
    return refuse("INFERENCE_SERVER_ERROR", `the server failed (${status})`, { again: "elsewhere", replica: "broken" });
  }
  if (status === 404 && /model/i.test(said))
    return refuse("INFERENCE_MODEL_NOT_FOUND", "unknown model", { again: "never" });
  if (status === 404 || status === 405) {
    const what = `the server knows no such request (${status}), so its address is wrong (it mostly ends in /v1), or its model is not one for this work`;
    return refuse("INFERENCE_BAD_REQUEST", what, { again: "never" });
  }
  return refuse("INFERENCE_BAD_REQUEST", `the server refused the request (${status})`, { again: "never" });
}

/** Error of a connection that failed: before any byte of the answer came, or after. */
export function classifyBreak(cause: unknown, replica: string, answered: boolean): Refusal {
  const how = cause instanceof Error ? cause.message : String(cause);
  const refuse = (code: InferenceErrorCode, what: string): Refusal => ({
    error: new InferenceError(code, `${replica}: ${what}: ${how}`, { cause, replica }),
    again: "elsewhere",
    replica: "broken",
  });
  if (isStall(cause))
    return refuse("INFERENCE_TIMEOUT", "the server was silent for too long; raise stallMs, or ask for a stream");
  return answered
    ? refuse("INFERENCE_INTERRUPTED", "the answer broke off")
    : refuse("INFERENCE_UNREACHABLE", "the server cannot be reached");
}

/** Error of an answer that broke off although the connection held: an error among the events, or a generation that the server ended. */
export function interrupted(replica: string, why: string): Refusal {
  const error = new InferenceError("INFERENCE_INTERRUPTED", `${replica}: the answer broke off: ${why}`, { replica });
  return { error, again: "elsewhere", replica: "broken" };
}

/** Error of bytes that are not of the protocol. */
export function malformed(replica: string, why: string, text: string): Refusal {
  const shown = JSON.stringify(text.slice(0, 200));
  const message = `${replica}: the answer is not of the OpenAI protocol (${why}): ${shown}; is the address that of such a server, with /v1 at its end?`;
  return { error: new InferenceError("INFERENCE_MALFORMED", message, { replica }), again: "never" };
}

/** The server's own words in an error body: `{ error: { message } }`, `{ error }`, `{ message }` or `{ detail }`. */
export function messageIn(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  return wordsOf(body);
}

/** The server's own words in an error body, whatever its form. Some servers repeat the whole request: cut then. */
export function saidIn(text: string): string {
  const said = messageIn(text) ?? text.trim();
  return said.length > MOST_SAID ? `${said.slice(0, MOST_SAID)}…` : said;
}

/** Name of the parameter that the server objects to: `{ error: { param } }`. */
function paramIn(text: string): string | undefined {
  const error = readObject(text)?.["error"];
  const param = isObject(error) ? error["param"] : undefined;
  return typeof param === "string" ? param : undefined;
}

function wordsOf(body: unknown): string | undefined {
  if (typeof body === "string") return body;
  if (typeof body !== "object" || body === null) return undefined;
  // Checked field by field below.
  const { error, message, detail } = body as Readonly<Record<"error" | "message" | "detail", unknown>>;
  if (error !== undefined) return wordsOf(error);
  if (typeof message === "string") return message;
  if (detail === undefined) return undefined;
  return typeof detail === "string" ? detail : JSON.stringify(detail);
}

/**
 * Phrases of vLLM ("maximum context length", "max_model_len"), llama.cpp ("exceeds the available context size"; of a text to embed, with status 500, "is too large to
 * process") and OpenAI's code.
 */
function isContextOverflow(said: string): boolean {
  return /context.?(?:length|size|window)|max_model_len|context_length_exceeded|tokens\) is too large to process/i.test(
    said,
  );
}

/** llama.cpp answers 503 "Loading model" until it is ready. */
function isLoading(said: string): boolean {
  return /loading/i.test(said);
}

/** `Retry-After` is seconds or a date (RFC 9110, section 10.2.3); milliseconds from now, at most a minute. */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 60_000) : undefined;
}

/** Codes of undici's `HeadersTimeoutError` and `BodyTimeoutError`. */
function isStall(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("code" in cause)) return false;
  return cause.code === "UND_ERR_HEADERS_TIMEOUT" || cause.code === "UND_ERR_BODY_TIMEOUT";
}
