import { describe, expect, it } from "vitest";
import { InferenceError, type InferenceErrorCode } from "../fleet/inference-error.ts";
import { badRequest, problemOf } from "./problem.ts";

describe("problemOf", () => {
  it.each<[InferenceErrorCode, number, string, string]>([
    ["INFERENCE_CONTEXT_OVERFLOW", 400, "invalid_request_error", "context_length_exceeded"],
    ["INFERENCE_MODEL_NOT_FOUND", 404, "invalid_request_error", "model_not_found"],
    ["INFERENCE_BAD_REQUEST", 400, "invalid_request_error", "INFERENCE_BAD_REQUEST"],
    ["INFERENCE_UNAUTHORIZED", 502, "server_error", "INFERENCE_UNAUTHORIZED"],
    ["INFERENCE_OVERLOADED", 503, "rate_limit_error", "INFERENCE_OVERLOADED"],
    ["INFERENCE_UNREACHABLE", 502, "server_error", "INFERENCE_UNREACHABLE"],
    ["INFERENCE_INTERRUPTED", 502, "server_error", "INFERENCE_INTERRUPTED"],
    ["INFERENCE_MALFORMED", 502, "server_error", "INFERENCE_MALFORMED"],
    ["INFERENCE_SERVER_ERROR", 502, "server_error", "INFERENCE_SERVER_ERROR"],
    ["INFERENCE_TIMEOUT", 504, "server_error", "INFERENCE_TIMEOUT"],
    ["INFERENCE_QUEUE_FULL", 429, "rate_limit_error", "INFERENCE_QUEUE_FULL"],
    ["INFERENCE_CLOSED", 503, "server_error", "INFERENCE_CLOSED"],
  ])("answers %s with %i", (code, status, type, told) => {
    const problem = problemOf(new InferenceError(code, "why"));

    expect(problem?.status).toBe(status);
    expect(problem?.toJSON()).toMatchObject({ error: { message: "why", type, code: told } });
  });

  it("keeps the status and the parameter of a refusal", () => {
    const refusal = new InferenceError("INFERENCE_BAD_REQUEST", "why", { status: 422, param: "temperature" });

    expect(problemOf(refusal)).toMatchObject({ status: 422, param: "temperature" });
  });

  it("says when to come again only where that helps", () => {
    const headersOf = (code: InferenceErrorCode): unknown => problemOf(new InferenceError(code, "why"))?.headers;

    expect(headersOf("INFERENCE_OVERLOADED")).toEqual({ "retry-after": "1" });
    expect(headersOf("INFERENCE_CONTEXT_OVERFLOW")).toEqual({});
  });

  it("takes problems as they are, and knows nothing of other errors", () => {
    const problem = badRequest("why");

    expect(problemOf(problem)).toBe(problem);
    expect(problemOf(new TypeError("x"))).toBeUndefined();
  });
});
