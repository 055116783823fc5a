import type { PromptWork } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import type { Manner } from "./manner.ts";
import { TEXTS_PER_CALL, toCalls, toEmbeddingCalls } from "./to-calls.ts";

const manner: Manner = { form: "chat", model: undefined, defaults: {}, owner: "s1" };
const work = (fields: Partial<PromptWork>): PromptWork => ({
  kind: "prompt",
  prompt: "hi",
  sampling: {},
  stream: false,
  ...fields,
});
const bodyOf = (fields: Partial<PromptWork>, rest: Partial<Manner> = {}): unknown =>
  toCalls(work(fields), { ...manner, ...rest })[0]?.body;

describe("toCalls", () => {
  it("asks a text as the message of a user", () => {
    const [call] = toCalls(work({}), manner);

    expect(call).toMatchObject({
      path: "chat/completions",
      body: { messages: [{ role: "user", content: "hi" }] },
      owner: "s1",
    });
  });

  it("asks a text as it is where that is wanted", () => {
    const [call] = toCalls(work({}), { ...manner, form: "text" });

    expect(call).toMatchObject({ path: "completions", body: { prompt: "hi" } });
  });

  it("makes a call of each of several prompts, one of a chat, which is a chat whatever is wanted for texts", () => {
    const prompt = [
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
    ] as const;

    expect(toCalls(work({ prompt: ["a", "b", "c"] }), manner)).toHaveLength(3);
    expect(toCalls(work({ prompt }), { ...manner, form: "text" })).toMatchObject([
      { path: "chat/completions", body: { messages: prompt } },
    ]);
  });

  it("spells sampling as the protocol does", () => {
    const sampling = {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      maxTokens: 10,
      stop: ["x"],
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: -1,
      parameters: { min_p: 0.1 },
    };

    expect(bodyOf({ sampling })).toEqual({
      messages: [{ role: "user", content: "hi" }],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      max_tokens: 10,
      stop: ["x"],
      seed: 7,
      presence_penalty: 1,
      frequency_penalty: -1,
      min_p: 0.1,
    });
  });

  it("asks for log probabilities in the way of either form", () => {
    expect(bodyOf({ sampling: { logprobs: 2 } })).toMatchObject({ logprobs: true, top_logprobs: 2 });
    expect(bodyOf({ sampling: { logprobs: 2 } }, { form: "text" })).toMatchObject({ logprobs: 2 });
  });

  it("puts the system prompt before the messages and passes tools on", () => {
    const tools = [{ type: "function", function: { name: "look" } }];

    expect(bodyOf({ sampling: { systemPrompt: "Be short.", tools, toolChoice: "auto" } })).toEqual({
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "hi" },
      ],
      tools,
      tool_choice: "auto",
    });
  });

  it("guides by a schema, streams with usage", () => {
    const jsonSchema = { type: "object" };

    expect(bodyOf({ jsonSchema, stream: true })).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "response", schema: jsonSchema } },
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("takes the defaults where a task says nothing, and the task's word where it does", () => {
    const body = bodyOf(
      { model: "big", sampling: { temperature: 0 } },
      { model: "small", defaults: { temperature: 1, maxTokens: 5, systemPrompt: "Be kind." } },
    );

    expect(body).toMatchObject({
      model: "big",
      temperature: 0,
      max_tokens: 5,
      messages: [{ role: "system" }, { role: "user" }],
    });
    expect(bodyOf({}, { model: "small" })).toMatchObject({ model: "small" });
  });

  it("tells the fleet what a call costs and how it begins", () => {
    const [call] = toCalls(work({ prompt: "x".repeat(400), sampling: { maxTokens: 50, systemPrompt: "S" } }), manner);

    expect(call?.cost).toBe(Math.ceil(401 / 4) + 50);
    expect(call?.prefix.startsWith("Sxxx")).toBe(true);
  });

  it("counts no bytes of images", () => {
    const content = [
      { type: "text", text: "What is it?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(10_000)}` } },
    ];

    expect(toCalls(work({ prompt: [{ role: "user", content }] }), manner)[0]?.cost).toBeLessThan(300);
  });

  it.each([
    [{ sampling: { systemPrompt: "S" } }, "systemPrompt needs a chat"],
    [{ sampling: { tools: [] } }, "tools needs a chat"],
    [{ sampling: { parameters: { stream: true } } }, "use the task's `stream`"],
    [{ sampling: { parameters: { n: 2 } } }, "a list with the prompt several times"],
    [{ sampling: { warmth: 1 } }, "no sampling option warmth"],
  ])("refuses %j of a text", (fields, words) => {
    expect(() => toCalls(work(fields), { ...manner, form: "text" })).toThrow(words);
  });
});

describe("toEmbeddingCalls", () => {
  it("asks for the vectors of some texts at a time, as numbers", () => {
    const input = Array.from({ length: TEXTS_PER_CALL + 1 }, (_, index) => `text ${index}`);
    const calls = toEmbeddingCalls({ kind: "embedding", input, dimensions: 8, parameters: { user: "me" } }, manner);

    expect(calls.map(({ body }) => (body["input"] as unknown[]).length)).toEqual([TEXTS_PER_CALL, 1]);
    expect(calls[0]).toMatchObject({
      path: "embeddings",
      body: { dimensions: 8, user: "me", encoding_format: "float" },
    });
  });

  it("refuses what it sets itself", () => {
    const parameters = { encoding_format: "base64" };

    expect(() => toEmbeddingCalls({ kind: "embedding", input: "a", parameters }, manner)).toThrow(
      "vectors come as numbers",
    );
  });
});
