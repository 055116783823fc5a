import { describe, expect, it } from "vitest";
import type { Call } from "../fleet/call.ts";
import { toPrompt } from "./to-prompt.ts";

const configuration = { config: { llm: { temperature: 0.2, max_tokens: 64 } }, model: "m", secrets: {} };
const messages = [{ role: "user", content: "hello" }];

function asked(body: object, path: Call["path"] = "chat/completions"): Call {
  return { path, body: { ...body }, cost: 1, prefix: "", owner: "a" };
}

describe("toPrompt", () => {
  it("takes chats with tools and schemas, and texts", () => {
    const schema = { type: "object" };
    const format = { type: "json_schema", json_schema: { name: "response", schema } };
    const tools = [{ type: "function", function: { name: "f" } }];

    expect(toPrompt(asked({ messages, tools, response_format: format, model: "m" }), configuration)).toEqual({
      messages,
      tools,
      schema,
      stream: false,
    });
    expect(toPrompt(asked({ prompt: "ab" }, "completions"), configuration)).toEqual({ messages: "ab", stream: false });
  });

  it("streams where the service does", () => {
    const streaming = { ...configuration, config: { llm: { use_async_streaming: true } } };

    expect(toPrompt(asked({ messages, stream: true }), streaming).stream).toBe(true);
    expect(toPrompt(asked({ messages, stream: true }), configuration).stream).toBe(false);
  });

  it("takes the sampling that the service has", () => {
    expect(toPrompt(asked({ messages, temperature: 0.2, max_tokens: 64 }), configuration).messages).toEqual(messages);
  });

  it.each([
    [
      { messages, temperature: 1 },
      "has one temperature for all prompts, 0.2: set llm.temperature in its configuration",
    ],
    [{ messages, top_p: 0.5 }, "has one top_p for all prompts, Dragon's own: set llm.top_p in its configuration"],
    [{ messages, seed: 3, stop: ["x"] }, "knows no seed; knows no stop"],
    [{ messages, n: 2 }, "gives one answer for each prompt"],
    [{ messages, tool_choice: "required" }, "lets the model choose its tools"],
    [{ messages, response_format: { type: "json_object" } }, "keeps answers to JSON schemas only"],
  ])("refuses what the service would ignore: %j", (body, says) => {
    expect(() => toPrompt(asked(body), configuration)).toThrow(says);
  });

  it("refuses lists, embeddings and other models", () => {
    expect(() => toPrompt(asked({ prompt: ["a", "b"] }, "completions"), configuration)).toThrow("one text at a time");
    expect(() => toPrompt(asked({ input: "a" }, "embeddings"), configuration)).toThrow("makes no embeddings");
    expect(() => toPrompt(asked({ messages, model: "other" }), configuration)).toThrow('has the model m, not "other"');
  });
});
