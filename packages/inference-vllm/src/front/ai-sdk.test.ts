import { createOpenAICompatible, type OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, jsonSchema, streamText, tool } from "ai";
import { describe, expect, it } from "vitest";
import { collect } from "../__fixtures__/collect.ts";
import { frontBeforeScripts } from "../__fixtures__/front-before.ts";
import { bytes, completion, delta, failure, silence, stream, type Script } from "../__fixtures__/scripted-server.ts";

describe("the ai SDK", () => {
  it("generates text", async () => {
    const { provider } = await providerOf([completion("hello")]);

    const { text, usage, finishReason } = await generateText({ model: provider("tiny"), prompt: "hi" });

    expect([text, finishReason, usage.outputTokens]).toEqual(["hello", "stop", 3]);
  });

  it("streams text", async () => {
    const { provider } = await providerOf([stream([delta("he"), delta("llo"), delta("", "stop")])]);

    const { textStream } = streamText({ model: provider("tiny"), prompt: "hi" });

    expect(await collect(textStream)).toEqual(["he", "llo"]);
  });

  it("calls tools", async () => {
    const call = { id: "c0", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    const choice = {
      index: 0,
      finish_reason: "tool_calls",
      message: { role: "assistant", content: null, tool_calls: [call] },
    };
    const { provider, server } = await providerOf([
      bytes(200, "application/json", JSON.stringify({ id: "x", choices: [choice] })),
    ]);

    const { toolCalls } = await generateText({
      model: provider("tiny"),
      prompt: "hi",
      tools: { add: tool({ inputSchema: jsonSchema({ type: "object" }) }) },
    });

    expect(toolCalls).toMatchObject([{ toolName: "add", input: { a: 1 } }]);
    expect(server.requests[0]?.body["tools"]).toHaveLength(1);
  });

  it("embeds", async () => {
    const data = [0, 1].map((index) => ({ index, embedding: [index, 2] }));
    const { provider } = await providerOf([bytes(200, "application/json", JSON.stringify({ data, model: "tiny" }))]);

    const { embeddings } = await embedMany({ model: provider.embeddingModel("tiny"), values: ["a", "b"] });

    expect(embeddings).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it("throws its own error with the server's words", async () => {
    const { provider } = await providerOf([failure(400, "maximum context length is 256 tokens")]);

    const error = await generateText({ model: provider("tiny"), prompt: "hi", maxRetries: 0 }).catch(
      (thrown: unknown) => thrown,
    );

    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false });
    expect((error as Error).message).toContain("maximum context length is 256 tokens");
  });

  it("tells of a stream that breaks off", async () => {
    const { provider } = await providerOf([stream([delta("he")], "cut")]);
    const errors: unknown[] = [];

    const { stream: all } = streamText({
      model: provider("tiny"),
      prompt: "hi",
      onError: ({ error }) => void errors.push(error),
    });
    const parts = await collect(all);

    expect(parts.map(({ type }) => type)).toContain("error");
    expect(errors).toHaveLength(1);
  });

  it("aborts on the server, too", async () => {
    const { provider, server } = await providerOf([silence]);
    const leaving = new AbortController();

    const asked = generateText({ model: provider("tiny"), prompt: "hi", abortSignal: leaving.signal });
    await server.received(1);
    leaving.abort();

    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await server.requests[0]?.aborted;
  });
});

async function providerOf(
  scripts: readonly Script[],
): Promise<Awaited<ReturnType<typeof frontBeforeScripts>> & { readonly provider: OpenAICompatibleProvider }> {
  const opened = await frontBeforeScripts(scripts);
  const { address, token } = opened.front;
  return { ...opened, provider: createOpenAICompatible({ name: "rhapsody", baseURL: `${address}/v1`, apiKey: token }) };
}
