import { RhapsodyError } from "@rhapsody/core";

/**
 * Codes of {@link InferenceError}.
 *
 * - `INFERENCE_CONTEXT_OVERFLOW`: prompt and answer do not fit the model's context.
 * - `INFERENCE_MODEL_NOT_FOUND`: no server has the model.
 * - `INFERENCE_BAD_REQUEST`: the server refused the request for another reason.
 * - `INFERENCE_UNAUTHORIZED`: the server wants another key.
 * - `INFERENCE_OVERLOADED`: every server said it is full (429, 503) for `fullPatienceMs`.
 * - `INFERENCE_UNREACHABLE`: no server could be reached, or connections broke before an answer.
 * - `INFERENCE_INTERRUPTED`: the answer broke off: the server died, cut the stream, or ended the generation itself.
 * - `INFERENCE_MALFORMED`: the server's answer is not of the protocol.
 * - `INFERENCE_SERVER_ERROR`: the server answered with another error of its own.
 * - `INFERENCE_TIMEOUT`: no answer in the time allowed.
 * - `INFERENCE_QUEUE_FULL`: too many calls wait already.
 * - `INFERENCE_CLOSED`: the fleet was closed before or during the call.
 */
export type InferenceErrorCode =
  | "INFERENCE_CONTEXT_OVERFLOW"
  | "INFERENCE_MODEL_NOT_FOUND"
  | "INFERENCE_BAD_REQUEST"
  | "INFERENCE_UNAUTHORIZED"
  | "INFERENCE_OVERLOADED"
  | "INFERENCE_UNREACHABLE"
  | "INFERENCE_INTERRUPTED"
  | "INFERENCE_MALFORMED"
  | "INFERENCE_SERVER_ERROR"
  | "INFERENCE_TIMEOUT"
  | "INFERENCE_QUEUE_FULL"
  | "INFERENCE_CLOSED";

/** Fields of an {@link InferenceError}, where they are known. */
export interface InferenceErrorDetails {
  readonly status?: number | undefined;
  readonly replica?: string | undefined;
  readonly param?: string | undefined;
}

/** A prompt got no answer; says why and what to do, with the server's own words where there are any. */
export class InferenceError extends RhapsodyError {
  static {
    this.prototype.name = "InferenceError";
  }

  declare readonly code: InferenceErrorCode;

  /** Status of the server's answer, when there was one. */
  readonly status?: number;

  /** Name of the last replica that was asked, when one was. */
  readonly replica?: string;

  /** Parameter that the server objected to, when it said so. */
  readonly param?: string;

  constructor(code: InferenceErrorCode, message: string, init: ErrorOptions & InferenceErrorDetails = {}) {
    super(code, message, init);
    if (init.status !== undefined) this.status = init.status;
    if (init.replica !== undefined) this.replica = init.replica;
    if (init.param !== undefined) this.param = init.param;
  }
}
