import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  bytes,
  completion,
  delta,
  failure,
  reset,
  ScriptedServer,
  silence,
  stream,
  type Script,
} from "../__fixtures__/scripted-server.ts";
import type { Call, Fleet } from "./call.ts";
import type { FleetOptions } from "./fleet-options.ts";
import { openFleet } from "./open-fleet.ts";

describe("openFleet", () => {
  it("gives a server's answer, with who gave it", async () => {
    const { fleet } = await fleetOf([[completion("hello")]]);

    const reply = await fleet.send(call());

    expect(reply).toMatchObject({ replica: "server-0", tries: 1, body: { choices: [{ text: "hello" }] } });
  });

  it("puts a streamed answer together and hands on its events in order", async () => {
    const { fleet } = await fleetOf([[stream([delta("he"), delta("llo"), delta("", "stop")])]]);
    const events: unknown[] = [];

    const reply = await fleet.send(chat({ stream: true }), { onEvent: (event) => events.push(event) });

    expect(events).toHaveLength(3);
    expect(reply.body).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
    });
  });

  it("finds out, when asked, which idle servers are not well", async () => {
    const { fleet, servers } = await fleetOf([[completion("a")], [completion("b")], [completion("c")]]);
    servers[0]!.health = 503;
    await servers[1]!.stop();
    servers[2]!.health = 401;

    await fleet.check(AbortSignal.timeout(5_000));
    const found = fleet.replicas.map(({ status }) => status);
    servers[0]!.health = 200;

    expect(found).toEqual(["ejected", "ejected", "healthy"]);
    await vi.waitFor(() => expect(fleet.replicas[0]?.status).toBe("healthy"), 20_000);
  });

  it("sends bytes as they came, and gives answers and events as they were written", async () => {
    const { fleet, servers } = await fleetOf([
      [bytes(200, "application/json", '{ "choices": [], "big": 12345678901234567890 }'), stream([delta("a", "stop")])],
    ]);
    const body = { model: "tiny", prompt: "1", seed: 1 };

    const reply = await fleet.send({
      ...call(),
      body,
      bytes: Buffer.from('{"model":"tiny","prompt":"1","seed":1,"extra":1.0}'),
    });
    const written: string[] = [];
    const streamed = await fleet.send(chat({ stream: true }), { onEvent: (_, data) => void written.push(data) });

    expect(servers[0]?.requests[0]?.body).toEqual({ ...body, extra: 1 });
    expect(reply.text).toBe('{ "choices": [], "big": 12345678901234567890 }');
    expect(written).toEqual([JSON.stringify(delta("a", "stop"))]);
    expect(streamed.text).toBeUndefined();
  });

  it("reads no further while the reader of events is busy", async () => {
    const { promise: gone, resolve: go } = Promise.withResolvers<void>();
    const { fleet } = await fleetOf([[stream([delta("a", "stop")])]]);
    let answered = false;
    const busy = Promise.withResolvers<void>();

    const reply = fleet
      .send(chat({ stream: true }), { onEvent: () => (go(), busy.promise) })
      .finally(() => (answered = true));
    await gone;
    await new Promise(setImmediate);
    const before = answered;
    busy.resolve();

    await reply;
    expect(before).toBe(false);
  });

  it.each([
    { title: "429", script: failure(429, "slow down") },
    { title: "503", script: failure(503, "busy") },
    { title: "500", script: failure(500, "EngineCore encountered an issue") },
    { title: "401, as each has a key of its own", script: failure(401, "Unauthorized") },
    { title: "a reset before any byte", script: reset },
    { title: "an answer that the server ended itself", script: completion("he", "abort") },
    { title: "a stream that was cut before the first event", script: stream([], "cut") },
    { title: "an error among the events", script: stream([{ error: { message: "EngineCore died", code: 500 } }]) },
  ])("asks another server after $title", async ({ script }) => {
    const { fleet, servers } = await fleetOf([[script], [completion("from the other")]]);

    const reply = await fleet.send(chat());

    expect(reply).toMatchObject({ replica: "server-1", tries: 2 });
    expect(servers[0]?.requests).toHaveLength(1);
  });

  it.each([
    {
      title: "a full context",
      script: failure(400, "maximum context length is 256 tokens"),
      code: "INFERENCE_CONTEXT_OVERFLOW",
    },
    {
      title: "an unknown model",
      script: failure(404, "The model `x` does not exist."),
      code: "INFERENCE_MODEL_NOT_FOUND",
    },
    {
      title: "a bad parameter",
      script: failure(400, "temperature must be non-negative"),
      code: "INFERENCE_BAD_REQUEST",
    },
    { title: "a page of something else", script: bytes(200, "text/html", "<html>"), code: "INFERENCE_MALFORMED" },
    { title: "JSON of something else", script: bytes(200, "application/json", "{}"), code: "INFERENCE_MALFORMED" },
    {
      title: "an event that is no JSON",
      script: bytes(200, "text/event-stream", "data: {oh\n\n"),
      code: "INFERENCE_MALFORMED",
    },
  ])("asks nobody else after $title", async ({ script, code }) => {
    const { fleet, servers } = await fleetOf([[script], [script]]);

    await expect(fleet.send(call())).rejects.toMatchObject({ code });

    expect(servers.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(1);
  });

  it("never begins an answer anew of which pieces were given out", async () => {
    const { fleet, servers } = await fleetOf([[stream([delta("he")], "cut")], [completion("other")]]);
    const pieces: unknown[] = [];

    const sent = fleet.send(chat({ stream: true }), { onEvent: (event) => pieces.push(event) });

    await expect(sent).rejects.toMatchObject({ code: "INFERENCE_INTERRUPTED", replica: "server-0" });
    expect(pieces).toHaveLength(1);
    expect(servers[1]?.requests).toHaveLength(0);
  });

  it("does not take a stream without an end for an answer", async () => {
    const { fleet } = await fleetOf([[stream([delta("he")], "end")]], { maxTries: 1 });

    await expect(fleet.send(chat({ stream: true }))).rejects.toMatchObject({ code: "INFERENCE_INTERRUPTED" });
  });

  it("asks the only server again once it has room, as late as the server wants", async () => {
    const { fleet, servers } = await fleetOf([[failure(429, "busy", { "retry-after": "0" }), completion("ok")]]);

    const reply = await fleet.send(call());

    expect(reply.tries).toBe(2);
    expect(servers[0]?.requests).toHaveLength(2);
  });

  it("waits for a server that is full for longer than a broken one would be asked", async () => {
    const busy = failure(503, "busy", { "retry-after": "0" });
    const { fleet } = await fleetOf([[busy, busy, busy, busy, completion("ok")]], { maxTries: 2 });

    expect(await fleet.send(call())).toMatchObject({ tries: 5 });
  });

  it("gives up full servers after so long, with their own words", async () => {
    const { fleet } = await fleetOf([[failure(429, "rate limit reached", { "retry-after": "0" })]], {
      fullPatienceMs: 20,
    });

    await expect(fleet.send(call())).rejects.toMatchObject({
      code: "INFERENCE_OVERLOADED",
      status: 429,
      message: expect.stringContaining("rate limit reached") as unknown,
    });
  });

  it("asks no server a second time that wants another key", async () => {
    const { fleet, servers } = await fleetOf([[failure(401, "invalid key")], [failure(403, "no such key")]]);

    await expect(fleet.send(call())).rejects.toMatchObject({ code: "INFERENCE_UNAUTHORIZED" });
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  it("takes a server that refuses connections out of use, and back when it answers", async () => {
    const { fleet, servers } = await fleetOf([[completion("a")]], { patienceMs: 10_000 });
    const { port } = servers[0]!;
    await fleet.send(call());
    await servers[0]?.stop();

    const sent = fleet.send(call());
    const again = await ScriptedServer.start([completion("back")], port);
    onTestFinished(() => again.stop());

    expect(await sent).toMatchObject({ body: { choices: [{ text: "back" }] } });
    expect(fleet.replicas[0]?.status).toBe("healthy");
  });

  it("fails what waits when no server answers in time", async () => {
    const fleet = openFleet([{ name: "gone", url: "http://127.0.0.1:9/v1" }], { patienceMs: 50 });
    onTestFinished(() => fleet.close());

    await expect(fleet.send(call())).rejects.toMatchObject({
      code: "INFERENCE_UNREACHABLE",
      message: expect.stringContaining("127.0.0.1:9") as unknown,
    });
  });

  it("aborts the request on the server when the caller does", async () => {
    const { fleet, servers } = await fleetOf([[silence]]);
    const stop = new AbortController();
    const sent = fleet.send(call(), { signal: stop.signal });
    await servers[0]?.received(1);

    stop.abort(new Error("enough"));

    await expect(sent).rejects.toThrow("enough");
    await servers[0]?.requests[0]?.aborted;
    expect(fleet.replicas[0]).toMatchObject({ inFlight: 0, outstanding: 0 });
  });

  it("takes a call elsewhere when a server is silent for too long", async () => {
    const { fleet } = await fleetOf([[silence], [completion("awake")]], { stallMs: 1_000 });

    expect(await fleet.send(call())).toMatchObject({ replica: "server-1", tries: 2 });
  });

  it("asks a second server as well when the first takes long, and aborts the slower one", async () => {
    const { fleet, servers } = await fleetOf([[silence], [completion("quick")]], { hedgeAfterMs: 20 });

    const reply = await fleet.send(call());

    expect(reply).toMatchObject({ replica: "server-1", tries: 1 });
    await servers[0]?.requests[0]?.aborted;
    expect(fleet.replicas).toMatchObject([
      { status: "healthy", inFlight: 0, outstanding: 0 },
      { status: "healthy", inFlight: 0, outstanding: 0 },
    ]);
  });

  it("takes the answer of the first server after the second has refused", async () => {
    const answer = Promise.withResolvers<void>();
    const slow: Script = async (response, request) => {
      await answer.promise;
      return completion("slow but sure")(response, request);
    };
    const refuse: Script = (response, request) => {
      response.once("finish", answer.resolve);
      return failure(500, "broken")(response, request);
    };
    const { fleet } = await fleetOf([[slow], [refuse]], { hedgeAfterMs: 20 });

    expect(await fleet.send(call())).toMatchObject({ replica: "server-0", tries: 1 });
  });

  it("asks no second server for a stream", async () => {
    const { fleet, servers } = await fleetOf([[silence], [silence]], { hedgeAfterMs: 5 });
    const streamed = fleet.send(chat({ stream: true }), { onEvent: () => undefined });
    // A call that is sent later is sent twice, and the stream was not.
    const plain = fleet.send(call());
    const ended = Promise.allSettled([streamed, plain]);
    await Promise.all([servers[0]?.received(2), servers[1]?.received(1)]);

    expect(servers.map(({ requests }) => requests.length)).toEqual([2, 1]);

    await fleet.close();
    expect(await ended).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  });

  it("aborts both requests when the caller does", async () => {
    const { fleet, servers } = await fleetOf([[silence], [silence]], { hedgeAfterMs: 1 });
    const stop = new AbortController();
    const sent = fleet.send(call(), { signal: stop.signal });
    await Promise.all(servers.map((server) => server.received(1)));

    stop.abort(new Error("enough"));

    await expect(sent).rejects.toThrow("enough");
    for (const server of servers) await server.requests[0]?.aborted;
    expect(fleet.replicas.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  it("says so when every server is silent", async () => {
    const { fleet } = await fleetOf([[silence]], { stallMs: 50, maxTries: 1 });

    await expect(fleet.send(call())).rejects.toMatchObject({ code: "INFERENCE_TIMEOUT" });
  });

  it("repeats a request on a connection that the server had closed while it was idle", async () => {
    const hangUp: Script = (response, request) => {
      response.once("finish", () => response.socket?.destroy());
      return completion("last on this connection")(response, request);
    };
    const { fleet } = await fleetOf([[hangUp, completion("next")]], { maxTries: 2 });
    await fleet.send(call());

    expect(await fleet.send(call())).toMatchObject({ body: { choices: [{ text: "next" }] } });
    expect(fleet.replicas[0]?.status).toBe("healthy");
  });

  it("lets a caller leave the line", async () => {
    const { fleet, servers } = await fleetOf([[silence]], { maxInFlight: 1 });
    const stop = new AbortController();
    const first = fleet.send(call()).catch((error: unknown) => error);
    const second = fleet.send(call(), { signal: stop.signal });
    await servers[0]?.received(1);

    stop.abort(new Error("enough"));

    await expect(second).rejects.toThrow("enough");
    await fleet.close();
    expect(await first).toMatchObject({ code: "INFERENCE_CLOSED" });
  });

  it("has a bounded line", async () => {
    const { fleet } = await fleetOf([[silence]], { maxInFlight: 1, maxWaiting: 1 });
    const sent = [fleet.send(call()), fleet.send(call())];

    await expect(fleet.send(call())).rejects.toMatchObject({ code: "INFERENCE_QUEUE_FULL" });

    await fleet.close();
    expect((await Promise.allSettled(sent)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("loses nothing and answers nothing twice when a server dies under load", async () => {
    const { fleet, servers } = await fleetOf([[completion("a")], [completion("b")]], { maxInFlight: 8 });
    const sent = Array.from({ length: 200 }, () => fleet.send(call()));
    await servers[0]?.received(20);
    await servers[0]?.stop();

    const replies = await Promise.all(sent);

    expect(replies).toHaveLength(200);
    expect(fleet.replicas.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  it("refuses calls after it was closed", async () => {
    const { fleet } = await fleetOf([[completion("a")]]);
    await fleet.close();

    await expect(fleet.send(call())).rejects.toMatchObject({ code: "INFERENCE_CLOSED" });
  });
});

function call(body: Readonly<Record<string, unknown>> = {}): Call {
  return { path: "completions", body: { prompt: "hi", ...body }, cost: 10, prefix: "", owner: "me" };
}

function chat(body: Readonly<Record<string, unknown>> = {}): Call {
  return { ...call(), path: "chat/completions", body: { messages: [{ role: "user", content: "hi" }], ...body } };
}

async function fleetOf(
  scripts: readonly (readonly Script[])[],
  options?: FleetOptions,
): Promise<{ readonly fleet: Fleet; readonly servers: readonly ScriptedServer[] }> {
  const servers = await Promise.all(scripts.map((each) => ScriptedServer.start(each)));
  const fleet = openFleet(
    servers.map(({ url }, index) => ({ name: `server-${index}`, url })),
    options,
  );
  onTestFinished(async () => {
    await fleet.close();
    await Promise.all(servers.map((server) => server.stop()));
  });
  return { fleet, servers };
}
