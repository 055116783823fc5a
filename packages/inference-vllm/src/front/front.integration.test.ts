import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { sharedVllm, VLLM_START_MS, type Vllm } from "@rhapsody-internal/engines";
import { generateText, streamText } from "ai";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { collect } from "../__fixtures__/collect.ts";
import { frontBefore, type TestFront } from "../__fixtures__/front-before.ts";
import { workOnVllm } from "../__fixtures__/work-on-vllm.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
const messages = [{ role: "user" as const, content: "hi" }];
/** An answer that is not wanted to its end. */
// Asked by fetch: the openai client forgets the signal of a request when garbage is collected (7.57).
const endless = { model: "tiny", prompt: "1", max_tokens: 8_000 };

describe("a front before vLLM", () => {
  let vllm: Vllm;
  beforeAll(async () => {
    vllm = await sharedVllm();
  }, VLLM_START_MS);

  it("serves the openai client", async () => {
    const { client } = await opened();

    const chat = await client.chat.completions.create({ model: "tiny", messages });
    const stream = await client.chat.completions.create({
      model: "tiny",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const events = await collect(stream);
    const list = await client.completions.create({ model: "tiny", prompt: ["ab", "1"], max_tokens: 5 });

    expect(chat.choices[0]).toMatchObject({ message: { content: ALPHABET }, finish_reason: "stop" });
    expect(chat.usage?.completion_tokens).toBe(27);
    expect(events.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("")).toBe(ALPHABET);
    expect(events.at(-1)?.usage?.completion_tokens).toBe(27);
    expect(list.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, "cdefg"],
      [1, "23456"],
    ]);
  });

  it("passes on what vLLM alone understands, and its answer as it is", async () => {
    const { ask } = await opened();
    const body = {
      model: "tiny",
      prompt: "1",
      max_tokens: 3,
      structured_outputs: { regex: "7{3}" },
      return_token_ids: true,
    };

    const answer = await (await ask("/v1/completions", body)).json();

    expect(answer).toMatchObject({ choices: [{ text: "777", token_ids: expect.any(Array) as unknown }] });
  });

  it("gives the openai client errors that it knows", async () => {
    const { client } = await opened();
    const failing = (parameters: object): Promise<unknown> =>
      client.completions.create({ model: "tiny", prompt: "1", ...parameters }).catch((error: unknown) => error);

    const [long, other, negative, embedding] = await Promise.all([
      failing({ max_tokens: 100_000 }),
      failing({ model: "other" }),
      failing({ temperature: -1 }),
      client.embeddings.create({ model: "tiny", input: "a" }).catch((error: unknown) => error),
    ]);

    expect(long).toBeInstanceOf(BadRequestError);
    expect(long).toMatchObject({ code: "context_length_exceeded" });
    expect(other).toBeInstanceOf(NotFoundError);
    expect(other).toMatchObject({ code: "model_not_found", param: "model" });
    expect(negative).toBeInstanceOf(BadRequestError);
    expect(negative).toMatchObject({ param: "temperature" });
    expect(embedding).toBeInstanceOf(NotFoundError);
  });

  it("serves the ai SDK", async () => {
    const { front } = await opened();
    const model = createOpenAICompatible({ name: "rhapsody", baseURL: `${front.address}/v1`, apiKey: front.token })(
      "tiny",
    );

    const { text, finishReason } = await generateText({ model, prompt: "hi" });
    const { textStream } = streamText({ model, prompt: "hi" });

    expect([text, finishReason]).toEqual([ALPHABET, "stop"]);
    expect((await collect(textStream)).join("")).toBe(ALPHABET);
  });

  it("serves programs that were written for RHAPSODY in Python", async () => {
    const { ask } = await opened({ prompts: "text" });

    const answer = await (await ask("/generate", { prompts: ["ab", "xy"], max_tokens: 30 })).json();

    expect(answer).toMatchObject({
      status: "success",
      results: ["cdefghijklmnopqrstuvwxyz", "z"],
      finish_reasons: ["stop", "stop"],
      usage: { prompt_tokens: 4, completion_tokens: 27 },
    });
  });

  it("ends the work on vLLM as soon as a client leaves an answer", async () => {
    const { ask, fleet } = await opened();
    const { long } = await workOnVllm(vllm.url);
    const leaving = new AbortController();

    const asked = ask("/v1/completions", endless, { signal: leaving.signal }).catch(() => "left");
    await vi.waitFor(() => expect(fleet.replicas[0]?.inFlight).toBe(1), 20_000);
    leaving.abort();

    expect(await asked).toBe("left");
    await vi.waitFor(() => expect(fleet.replicas[0]?.inFlight).toBe(0), 20_000);
    await vi.waitFor(async () => expect(await workOnVllm(vllm.url)).toEqual({ running: 0, long }), 60_000);
  });

  it("ends the work on vLLM as soon as a client leaves a stream", async () => {
    const { ask, fleet } = await opened();
    const { long } = await workOnVllm(vllm.url);
    const leaving = new AbortController();

    const { body } = await ask("/v1/completions", { ...endless, stream: true }, { signal: leaving.signal });
    await body?.getReader().read();
    leaving.abort();

    await vi.waitFor(() => expect(fleet.replicas[0]?.inFlight).toBe(0), 20_000);
    await vi.waitFor(async () => expect(await workOnVllm(vllm.url)).toEqual({ running: 0, long }), 60_000);
  });

  it("is a server to another front", async () => {
    const first = await opened();
    const second = await frontBefore([]);
    second.fleet.add({ name: "first", url: `${first.front.address}/v1`, apiKey: first.front.token });

    const answer = await (await second.ask("/v1/chat/completions", { messages })).json();
    const refused = await second.ask("/v1/completions", { model: "tiny", prompt: "1", max_tokens: 100_000 });

    expect(answer).toMatchObject({ choices: [{ message: { content: ALPHABET } }] });
    expect(await refused.json()).toMatchObject({ error: { code: "context_length_exceeded" } });
    expect((await second.ask("/health")).status).toBe(200);
  });

  async function opened(options?: Parameters<typeof frontBefore>[1]): Promise<TestFront & { readonly client: OpenAI }> {
    const test = await frontBefore([vllm.url], options);
    const { address, token } = test.front;
    return { ...test, client: new OpenAI({ baseURL: `${address}/v1`, apiKey: token, maxRetries: 0 }) };
  }
});
