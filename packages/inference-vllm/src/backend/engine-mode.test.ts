import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import type { Prompt } from "@rhapsody/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { failure, silence } from "../__fixtures__/scripted-server.ts";
import { answer, shout } from "../__fixtures__/scripts.ts";
import { startScripted } from "../__fixtures__/session.ts";
import { VllmInferenceBackend, type AttachOptions } from "../index.ts";

function direct(url: string, options: Partial<AttachOptions> = {}): VllmInferenceBackend {
  const backend = new VllmInferenceBackend({ servers: url, ...options });
  onTestFinished(() => backend.shutdown());
  return backend;
}

describe("generate", () => {
  it("opens the backend and answers in the form of what is asked", async () => {
    const server = await startScripted(shout);
    const backend = direct(server.url);

    const one: string = await backend.generate("a");
    const several: string[] = await backend.generate(["a", "b"], { sampling: { temperature: 0 }, model: "tiny" });
    const chat: string = await backend.generate([{ role: "user", content: "hello" }]);

    expect([one, several, chat]).toEqual(["A", ["A", "B"], "HELLO"]);
    expect(server.requests[1]?.body).toMatchObject({ temperature: 0, model: "tiny" });
    expect(backend.state).toBe("RUNNING");
  });

  it("ends after timeoutMs, on the server too", async () => {
    const server = await startScripted(silence);

    const error = await rejectionOf(direct(server.url).generate(["a", "b"], { timeoutMs: 50 }));

    expect(error).toMatchObject({ code: "INFERENCE_TIMEOUT" });
    expect(error.message).not.toContain("prompt 0");
    await server.requests[0]?.aborted;
  });

  it("throws the reason of an aborted signal, and takes the prompt from the server", async () => {
    const server = await startScripted(silence);
    const stop = new AbortController();
    const answering = rejectionOf(direct(server.url).generate("a", { signal: stop.signal }));
    await server.received(1);

    stop.abort(new Error("not wanted"));

    expect(await answering).toMatchObject({ message: "not wanted" });
    await server.requests[0]?.aborted;
  });

  it("throws the reason of a signal that is aborted while the backend opens", async () => {
    const server = await startScripted(shout);
    const stop = new AbortController();
    const answering = rejectionOf(direct(server.url).generate("a", { signal: stop.signal }));

    stop.abort(new Error("not wanted"));

    expect(await answering).toMatchObject({ message: "not wanted" });
    expect(server.requests).toEqual([]);
  });

  it("throws what went wrong", async () => {
    const server = await startScripted(failure(400, "odd"));

    expect(await rejectionOf(direct(server.url).generate(["a"]))).toMatchObject({ code: "INFERENCE_BAD_REQUEST" });
  });

  it.each<[string, Prompt, object]>([
    ["no prompt", [], {}],
    ["unknown sampling", "a", { sampling: { temperatur: 1 } }],
    ["unknown options", "a", { timeout: 300 }],
  ])("refuses %s", async (_case, prompt, options) => {
    const server = await startScripted(shout);

    expect(await rejectionOf(direct(server.url).generate(prompt, options))).toMatchObject({
      code: "INVALID_OPTIONS",
    });
    expect(server.requests).toEqual([]);
  });

  it("uses the opening of a session that the backend serves", async () => {
    const server = await startScripted(shout);
    const backend = new VllmInferenceBackend({ servers: server.url });
    const session = openSession(backend);

    expect((await rejectionOf(backend.generate("a"))).message).toContain("call the session's start() first");
    await session.start();
    expect(await backend.generate("a")).toBe("A");
  });

  it("is over when the backend is shut down", async () => {
    const server = await startScripted(silence);
    const backend = direct(server.url);
    const answering = rejectionOf(backend.generate("a"));
    await server.received(1);

    await backend.shutdown();

    expect(await answering).toMatchObject({ code: "BACKEND_CLOSED" });
    expect(await rejectionOf(backend.generate("a"))).toMatchObject({ code: "BACKEND_CLOSED" });
  });
});

describe("embed", () => {
  const vectors = answer({
    data: [
      { index: 1, embedding: [0, 1] },
      { index: 0, embedding: [1, 0] },
    ],
    usage: { prompt_tokens: 4, total_tokens: 4 },
  });

  it("gives vectors in the order of the texts, whatever the order of the answer", async () => {
    const server = await startScripted(vectors);

    const made: number[][] = await direct(server.url).embed(["a", "b"], { dimensions: 2 });

    expect(made).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(server.requests[0]).toMatchObject({ path: "/v1/embeddings", body: { input: ["a", "b"], dimensions: 2 } });
  });

  it("refuses an answer that has not one for each", async () => {
    const server = await startScripted(vectors);

    expect(await rejectionOf(direct(server.url).embed(["a", "b", "c"]))).toMatchObject({ code: "INFERENCE_MALFORMED" });
  });
});

describe("the service", () => {
  it("lets other programs ask, with its token only", async () => {
    const server = await startScripted(shout);
    const backend = direct(server.url, { useService: true, port: 0 });
    await backend.initialize();
    const { address = "", token = "" } = backend.service ?? {};
    const ask = async (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${address}/v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ model: "tiny", prompt: "hello" }),
      });

    const [allowed, refused] = [await ask({ authorization: `Bearer ${token}` }), await ask({})];

    expect(await allowed.json()).toMatchObject({ choices: [{ text: "HELLO" }] });
    expect(refused.status).toBe(401);
    await backend.shutdown();
    expect(backend.service).toBeUndefined();
    await expect(ask({})).rejects.toThrow("fetch failed");
  });
});
