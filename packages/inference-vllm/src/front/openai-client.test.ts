import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { describe, expect, it, vi } from "vitest";
import { collect } from "../__fixtures__/collect.ts";
import { frontBeforeScripts } from "../__fixtures__/front-before.ts";
import { bytes, completion, delta, failure, silence, stream, type Script } from "../__fixtures__/scripted-server.ts";
import type { FleetOptions } from "../fleet/fleet-options.ts";
import type { Front } from "./front-options.ts";

const messages = [{ role: "user" as const, content: "hi" }];

describe("the openai client", () => {
  it("chats", async () => {
    const { client } = await clientOf([completion("hello")]);

    const answer = await client.chat.completions.create({ model: "tiny", messages });

    expect(answer.choices[0]?.message.content).toBe("hello");
    expect(answer.usage).toEqual({ prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 });
  });

  it("reads streams, with their usage", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const { client } = await clientOf([
      stream([delta("he"), delta("llo", "stop"), { id: "x", object: "chat.completion.chunk", choices: [], usage }]),
    ]);

    const events = await client.chat.completions.create({
      model: "tiny",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const read = await collect(events);

    expect(read.map(({ choices: [choice] }) => choice?.delta.content)).toEqual(["he", "llo", undefined]);
    expect(read.at(-1)?.usage).toEqual(usage);
  });

  it("completes lists of prompts", async () => {
    const { client } = await clientOf([completion("x")]);

    const { choices } = await client.completions.create({ model: "tiny", prompt: ["a", "b", "c"] });

    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it("gets embeddings, in the form that it asks for by itself", async () => {
    const vector = Buffer.from(new Float32Array([1, 2]).buffer).toString("base64");
    const { client, server } = await clientOf([
      bytes(
        200,
        "application/json",
        JSON.stringify({ object: "list", data: [{ index: 0, embedding: vector }], model: "tiny" }),
      ),
    ]);

    const { data } = await client.embeddings.create({ model: "tiny", input: "a" });

    expect(data[0]?.embedding).toEqual([1, 2]);
    expect(server.requests[0]?.body).toMatchObject({ encoding_format: "base64" });
  });

  it("lists models", async () => {
    const { client, fleet } = await clientOf([]);
    await vi.waitFor(() => expect(fleet.replicas[0]?.models).toEqual(["tiny"]), 20_000);

    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["tiny"]);
    expect((await client.models.retrieve("tiny")).id).toBe("tiny");
  });

  it.each([
    {
      title: "a context that is too long",
      script: failure(400, "maximum context length is 256 tokens"),
      type: BadRequestError,
      code: "context_length_exceeded",
    },
    {
      title: "an unknown model",
      script: failure(404, "The model `x` does not exist."),
      type: NotFoundError,
      code: "model_not_found",
    },
    {
      title: "an embedding of a model that has none",
      script: bytes(404, "application/json", '{"detail":"Not Found"}'),
      type: NotFoundError,
      code: "INFERENCE_BAD_REQUEST",
    },
    {
      title: "servers that fail",
      script: failure(500, "EngineCore encountered an issue"),
      type: InternalServerError,
      code: "INFERENCE_SERVER_ERROR",
    },
  ])("throws its own error for $title", async ({ script, type, code }) => {
    const { client } = await clientOf([script], { maxTries: 1 });

    const error = await client.embeddings.create({ model: "x", input: "a" }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ code });
    expect((error as APIError).requestID).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("throws its own error for a wrong key, and a full front", async () => {
    const { front, client, server, ask } = await clientOf([silence], { maxConcurrent: 1 });
    const leaving = new AbortController();
    const first = ask("/v1/chat/completions", { messages }, { signal: leaving.signal }).catch(() => "left");
    await server.received(1);

    await expect(clientFor(front, "wrong").models.list()).rejects.toBeInstanceOf(AuthenticationError);
    await expect(client.chat.completions.create({ model: "tiny", messages })).rejects.toBeInstanceOf(RateLimitError);
    leaving.abort();
    expect(await first).toBe("left");
    await server.requests[0]?.aborted;
  });

  it("throws when a stream breaks off", async () => {
    const { client } = await clientOf([stream([delta("he")], "cut")]);

    const events = await client.chat.completions.create({ model: "tiny", messages, stream: true });
    const error = await collect(events).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(APIError);
    expect(error).not.toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ code: "INFERENCE_INTERRUPTED", type: "server_error" });
  });

  it("repeats by itself what a full front refused", async () => {
    const { front, server } = await clientOf([failure(503, "busy"), completion("now")], { fullPatienceMs: 0 });

    const answer = await clientFor(front, front.token, 1).chat.completions.create({ model: "tiny", messages });

    expect(answer.choices[0]?.message.content).toBe("now");
    expect(server.requests).toHaveLength(2);
  });
});

async function clientOf(
  scripts: readonly Script[],
  { maxConcurrent, ...fleetOptions }: FleetOptions & { readonly maxConcurrent?: number } = {},
): Promise<Awaited<ReturnType<typeof frontBeforeScripts>> & { readonly client: OpenAI }> {
  const opened = await frontBeforeScripts(scripts, { maxConcurrent, fleetOptions });
  return { ...opened, client: clientFor(opened.front) };
}

function clientFor({ address, token }: Front, apiKey: string = token, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries });
}
