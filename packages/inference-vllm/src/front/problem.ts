import { InferenceError, type InferenceErrorCode } from "../fleet/inference-error.ts";

/** What an answer that is an error says, in the words of OpenAI's protocol. */
export interface ProblemDetails {
  readonly status: number;
  /** Kind of error as OpenAI names it, e.g. `invalid_request_error`. */
  readonly type: string;
  /** OpenAI's code where it has one, else that of this project. */
  readonly code: string;
  /** Parameter that is wrong. */
  readonly param?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that gets an error for an answer. */
export class Problem extends Error implements ProblemDetails {
  static {
    this.prototype.name = "Problem";
  }

  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly param: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, { status, type, code, param, headers = {} }: ProblemDetails) {
    super(message);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  /** The body of the answer: `{ error: { message, type, param, code } }`. */
  toJSON(): object {
    const { message, type, param = null, code } = this;
    return { error: { message, type, param, code } };
  }
}

const INVALID = "invalid_request_error";
const BUSY = "rate_limit_error";
const FAILED = "server_error";

/** When to ask again where there is too much to do, in seconds: a queue moves within that. */
const LATER = { "retry-after": "1" };

/** Status and words for each failure of the servers. */
const answers: Readonly<Record<InferenceErrorCode, ProblemDetails>> = {
  INFERENCE_CONTEXT_OVERFLOW: { status: 400, type: INVALID, code: "context_length_exceeded" },
  INFERENCE_MODEL_NOT_FOUND: { status: 404, type: INVALID, code: "model_not_found", param: "model" },
  INFERENCE_BAD_REQUEST: { status: 400, type: INVALID, code: "INFERENCE_BAD_REQUEST" },
  // The client's token was right; it is the front whose key is refused.
  INFERENCE_UNAUTHORIZED: { status: 502, type: FAILED, code: "INFERENCE_UNAUTHORIZED" },
  INFERENCE_OVERLOADED: { status: 503, type: BUSY, code: "INFERENCE_OVERLOADED", headers: LATER },
  INFERENCE_UNREACHABLE: { status: 502, type: FAILED, code: "INFERENCE_UNREACHABLE" },
  INFERENCE_INTERRUPTED: { status: 502, type: FAILED, code: "INFERENCE_INTERRUPTED" },
  INFERENCE_MALFORMED: { status: 502, type: FAILED, code: "INFERENCE_MALFORMED" },
  INFERENCE_SERVER_ERROR: { status: 502, type: FAILED, code: "INFERENCE_SERVER_ERROR" },
  INFERENCE_TIMEOUT: { status: 504, type: FAILED, code: "INFERENCE_TIMEOUT" },
  INFERENCE_QUEUE_FULL: { status: 429, type: BUSY, code: "INFERENCE_QUEUE_FULL", headers: LATER },
  INFERENCE_CLOSED: { status: 503, type: FAILED, code: "INFERENCE_CLOSED" },
};

/** The problem in what was thrown; `undefined` when it is none that a client is to know of. */
export function problemOf(thrown: unknown): Problem | undefined {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof InferenceError)) return undefined;
  const { code, message, status = 0, param } = thrown;
  const answer = answers[code];
  // A refusal keeps its status: 400, 404, 422 and others tell different things.
  const kept = code === "INFERENCE_BAD_REQUEST" && status >= 400 && status < 500 ? { status } : {};
  return new Problem(message, { ...answer, ...kept, param: param ?? answer.param });
}

/** A request that is wrong in itself. */
export function badRequest(message: string, param?: string): Problem {
  return new Problem(message, { status: 400, type: INVALID, code: "invalid_request", param });
}

/** A request for something that is not there. */
export function notFound(path: string, known: readonly string[]): Problem {
  return new Problem(`there is no ${path}; there is ${known.join(", ")}`, {
    status: 404,
    type: INVALID,
    code: "not_found",
  });
}

/** A model that no server has. */
export function noSuchModel(model: string, known: readonly string[]): Problem {
  const message = `no server has the model ${JSON.stringify(model)}; there is ${known.join(", ") || "none yet"}`;
  return new Problem(message, answers.INFERENCE_MODEL_NOT_FOUND);
}

export function wrongMethod(path: string, allowed: string): Problem {
  const headers = { allow: allowed };
  return new Problem(`${path} takes ${allowed}`, { status: 405, type: INVALID, code: "method_not_allowed", headers });
}

export function unauthorized(): Problem {
  const message =
    "the request has not the token of this server: send `Authorization: Bearer <token>`, which is the apiKey of OpenAI's clients";
  const headers = { "www-authenticate": "Bearer" };
  return new Problem(message, { status: 401, type: "authentication_error", code: "invalid_api_key", headers });
}

export function wrongContent(message: string): Problem {
  return new Problem(message, { status: 415, type: INVALID, code: "unsupported_media_type" });
}

export function bodyTooLarge(maxBytes: number): Problem {
  const message = `the body has more than ${maxBytes} bytes: ask for less at a time, or raise maxBodyBytes`;
  return new Problem(message, { status: 413, type: INVALID, code: "request_too_large" });
}

export function tooManyRequests(most: number): Problem {
  const message = `${most} requests are under way already: ask again in a moment, or raise maxConcurrent`;
  return new Problem(message, { status: 429, type: BUSY, code: "rate_limit_exceeded", headers: LATER });
}

export function tooLate(message: string): Problem {
  return new Problem(message, answers.INFERENCE_TIMEOUT);
}

export function closing(): Problem {
  const headers = { connection: "close" };
  return new Problem("this server is being closed", { ...answers.INFERENCE_CLOSED, headers });
}

/** A failure that is none of the client's; the log has more. */
export function internal(id: string): Problem {
  return new Problem(`something went wrong here; the log tells more about request ${id}`, {
    status: 500,
    type: FAILED,
    code: "internal_error",
  });
}
