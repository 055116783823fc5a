import { describe, expect, it, onTestFinished } from "vitest";
import { completion, failure, ScriptedServer, silence, type Script } from "../__fixtures__/scripted-server.ts";
import type { Call, Fleet } from "../fleet/call.ts";
import { openFleet } from "../fleet/open-fleet.ts";
import { batching } from "./batching.ts";

const call = (prompt: string, rest: Readonly<Record<string, unknown>> = {}): Call => ({
  path: "completions",
  body: { prompt, ...rest },
  cost: 10,
  prefix: "",
  owner: "test",
});

/** Says each prompt in capital letters, the last choice first. */
const shout: Script = (response, { body }) => {
  const prompts = [body["prompt"]].flat() as readonly string[];
  const choices = prompts.map((prompt, index) => ({ index, text: prompt.toUpperCase(), finish_reason: "stop" }));
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      choices: choices.toReversed(),
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
};

async function start(
  ...scripts: readonly Script[]
): Promise<{ readonly server: ScriptedServer; readonly fleet: Fleet }> {
  const server = await ScriptedServer.start(scripts);
  const fleet = openFleet([{ name: "scripted", url: server.url }]);
  onTestFinished(async () => {
    await fleet.close();
    await server.stop();
  });
  return { server, fleet };
}

const textOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): unknown =>
  (body["choices"] as { readonly text: string }[]).map(({ text }) => text).join();

describe("batching", () => {
  it("sends the prompts of one turn in one request and gives each its own answer, without a count that is the list's", async () => {
    const { server, fleet } = await start(shout);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });

    const replies = await Promise.all(["a", "b", "c"].map((prompt) => send(call(prompt))));

    expect(replies.map(textOf)).toEqual(["A", "B", "C"]);
    expect(replies.map(({ body }) => body["usage"])).toEqual([undefined, undefined, undefined]);
    expect(server.requests.map(({ body }) => body["prompt"])).toEqual([["a", "b", "c"]]);
  });

  it("keeps prompts of other sampling, chats and streams apart, and counts the tokens of one that is alone", async () => {
    const { server, fleet } = await start(shout);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });

    const [hot, cold] = await Promise.all([send(call("a", { temperature: 1 })), send(call("b", { temperature: 0 }))]);

    expect([hot, cold].map(textOf)).toEqual(["A", "B"]);
    expect(hot.body["usage"]).toMatchObject({ total_tokens: 2 });
    expect(server.requests).toHaveLength(2);
  });

  it("sends no more prompts in a request than allowed, a full one at once", async () => {
    const { server, fleet } = await start(shout);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 2, maxWaitMs: 1e9 });

    const replies = await Promise.all(["a", "b", "c", "d"].map((prompt) => send(call(prompt))));

    expect(replies.map(textOf)).toEqual(["A", "B", "C", "D"]);
    expect(server.requests).toHaveLength(2);
  });

  it("sends a list again one by one when the server refuses it: only the prompt at fault fails", async () => {
    const refuse: Script = (response, request) =>
      String(request.body["prompt"]).includes("long")
        ? failure(400, "This model's maximum context length is 256 tokens")(response, request)
        : shout(response, request);
    const { server, fleet } = await start(refuse);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });

    const replies = await Promise.allSettled(["a", "long", "c"].map((prompt) => send(call(prompt))));

    expect(replies.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(replies[1]).toMatchObject({ reason: { code: "INFERENCE_CONTEXT_OVERFLOW" } });
    expect(server.requests).toHaveLength(4);
  });

  it("takes a cancelled prompt from the server at once and answers the others all the same", async () => {
    const { server, fleet } = await start(silence, shout);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });
    const stop = new AbortController();
    const [stays, goes] = [send(call("a")), send(call("b"), { signal: stop.signal })];
    const settled = Promise.allSettled([stays, goes]);
    await server.received(1);

    stop.abort(new Error("not wanted"));

    const [first, second] = await settled;
    expect(first).toMatchObject({ value: { body: { choices: [{ text: "A" }] } } });
    expect(second).toMatchObject({ reason: new Error("not wanted") });
    await server.requests[0]?.aborted;
    expect(server.requests.map(({ body }) => body["prompt"])).toEqual([["a", "b"], "a"]);
  });

  it("leaves out what is cancelled before it goes", async () => {
    const { server, fleet } = await start(shout);
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });
    const stop = new AbortController();
    const [stays, goes] = [send(call("a")), send(call("b"), { signal: stop.signal })];
    stop.abort(new Error("not wanted"));

    await expect(goes).rejects.toThrow("not wanted");
    expect(textOf(await stays)).toBe("A");
    expect(server.requests.map(({ body }) => body["prompt"])).toEqual(["a"]);
  });

  it("fails all of a list whose server fails", async () => {
    const { fleet } = await start(failure(401, "no"));
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 0 });

    const replies = await Promise.allSettled(["a", "b"].map((prompt) => send(call(prompt))));

    expect(replies).toMatchObject([
      { reason: { code: "INFERENCE_UNAUTHORIZED" } },
      { reason: { code: "INFERENCE_UNAUTHORIZED" } },
    ]);
  });

  it("passes other calls on", async () => {
    const { server, fleet } = await start(completion("ok"));
    const send = batching((...call_) => fleet.send(...call_), { maxSize: 16, maxWaitMs: 1e9 });

    const reply = await send({ ...call(""), path: "chat/completions", body: { messages: [] } });

    expect(reply.body["usage"]).toBeDefined();
    expect(server.requests[0]?.path).toBe("/v1/chat/completions");
  });
});
