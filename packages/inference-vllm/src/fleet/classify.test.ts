import { describe, expect, it } from "vitest";
import { classifyAnswer, messageIn, parseRetryAfter } from "./classify.ts";

describe("classifyAnswer", () => {
  it("tells the parameter that a server objects to", () => {
    const text = '{"error":{"message":"temperature must be non-negative","param":"temperature","code":400}}';

    expect(classifyAnswer({ status: 400, text, replica: "a" }).error).toMatchObject({
      param: "temperature",
      status: 400,
    });
    expect(classifyAnswer({ status: 400, text: "no", replica: "a" }).error.param).toBeUndefined();
  });

  it.each([404, 405])("says that an address may be wrong, or a model of another kind: %d", (status) => {
    const { error } = classifyAnswer({ status, text: '{"detail":"Not Found"}', replica: "a" });

    expect(error.message).toMatch(/its address is wrong .* its model is not one for this work: Not Found$/);
  });

  it("quotes the beginning of a server's words", () => {
    const { error } = classifyAnswer({
      status: 400,
      text: JSON.stringify({ message: "x".repeat(100_000) }),
      replica: "a",
    });

    expect(error.message).toMatch(/ x{2000}…$/);
  });

  it.each([
    // vLLM 0.32
    [
      400,
      '{"error":{"message":"This model\'s maximum context length is 256 tokens. However, your prompt contains at least 257 input tokens","type":"BadRequestError","param":"input_tokens","code":400}}',
      "INFERENCE_CONTEXT_OVERFLOW",
      "never",
    ],
    [
      400,
      '{"error":{"message":"max_tokens=1000 cannot be greater than max_model_len=256. Please request fewer output tokens.","type":"BadRequestError","param":"max_tokens","code":400}}',
      "INFERENCE_CONTEXT_OVERFLOW",
      "never",
    ],
    [
      404,
      '{"error":{"message":"The model `nope` does not exist. Valid aliases: tiny.","type":"NotFoundError","param":"model","code":404}}',
      "INFERENCE_MODEL_NOT_FOUND",
      "never",
    ],
    [404, '{"detail":"Not Found"}', "INFERENCE_BAD_REQUEST", "never"],
    [
      400,
      '{"error":{"message":"temperature must be non-negative, got -1.0.","type":"BadRequestError","param":"temperature","code":400}}',
      "INFERENCE_BAD_REQUEST",
      "never",
    ],
    [
      500,
      '{"error":{"message":"EngineCore encountered an issue. See stack trace (above) for the root cause.","type":"InternalServerError","param":null,"code":500}}',
      "INFERENCE_SERVER_ERROR",
      "elsewhere",
    ],
    [
      503,
      '{"error":{"message":"The server is currently busy; try on a different instance","type":"ServiceUnavailable","code":503}}',
      "INFERENCE_OVERLOADED",
      "elsewhere",
    ],
    // llama.cpp
    [
      503,
      '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}',
      "INFERENCE_SERVER_ERROR",
      "elsewhere",
    ],
    [
      400,
      '{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}}',
      "INFERENCE_CONTEXT_OVERFLOW",
      "never",
    ],
    [
      500,
      '{"error":{"code":500,"message":"input (9000 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}}',
      "INFERENCE_CONTEXT_OVERFLOW",
      "never",
    ],
    [
      501,
      '{"error":{"code":501,"message":"This server does not support embeddings. Start it with `--embeddings`","type":"not_supported_error"}}',
      "INFERENCE_BAD_REQUEST",
      "others",
    ],
    // Hosted servers and what stands before them
    [
      401,
      '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}',
      "INFERENCE_UNAUTHORIZED",
      "others",
    ],
    [
      429,
      '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}',
      "INFERENCE_UNAUTHORIZED",
      "others",
    ],
    [429, '{"error":{"message":"Rate limit reached","type":"requests"}}', "INFERENCE_OVERLOADED", "elsewhere"],
    [502, "<html><body>Bad Gateway</body></html>", "INFERENCE_SERVER_ERROR", "elsewhere"],
    [504, "", "INFERENCE_SERVER_ERROR", "elsewhere"],
  ] as const)("reads status %i with %s", (status, text, code, again) => {
    const refusal = classifyAnswer({ status, text, replica: "gpu-0" });

    expect(refusal).toMatchObject({ again, error: { code, status, replica: "gpu-0" } });
    expect(refusal.error.message).toContain(messageIn(text) ?? (text === "" ? "504" : "Bad Gateway"));
  });

  it("shrinks a replica that is full, and doubts one that fails", () => {
    expect(classifyAnswer({ status: 429, text: "", replica: "a" }).replica).toBe("full");
    expect(classifyAnswer({ status: 500, text: "", replica: "a" }).replica).toBe("broken");
    for (const status of [400, 501]) expect(classifyAnswer({ status, text: "", replica: "a" }).replica).toBeUndefined();
  });
});

describe("parseRetryAfter", () => {
  it.each([
    ["2", 2_000],
    ["0", 0],
    ["0.5", 500],
    ["100000", 60_000],
    ["Thu, 01 Jan 1970 00:00:03 GMT", 3_000],
    ["Thu, 01 Jan 1960 00:00:00 GMT", 0],
    ["soon", undefined],
    [undefined, undefined],
  ])("reads %s as %s ms", (value, ms) => {
    expect(parseRetryAfter(value, 0)).toBe(ms);
  });
});
