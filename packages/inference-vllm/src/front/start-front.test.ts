import { once } from "node:events";
import { request as send, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { silentLogger } from "@rhapsody/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { frontBefore, frontBeforeScripts } from "../__fixtures__/front-before.ts";
import { bytes, completion, delta, failure, silence, stream } from "../__fixtures__/scripted-server.ts";
import type { Fleet } from "../fleet/call.ts";
import { startFront } from "./start-front.ts";

const prompt = { model: "tiny", prompt: "1" };

describe("a front", () => {
  it("hands on a request and its answer to the last byte", async () => {
    const answer = '{ "choices": [ {"text":"a", "odd": 12345678901234567890} ], "usage": null }';
    const { ask, server } = await frontBeforeScripts([bytes(200, "application/json", answer)]);

    const response = await ask("/v1/completions", '{"model":"tiny","prompt":"1","top_k":3,"typo":[null],"min_p":0.10}');

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(answer);
    expect(server.requests[0]?.body).toEqual({ model: "tiny", prompt: "1", top_k: 3, typo: [null], min_p: 0.1 });
    // The client's token is for the front alone.
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("names the servers' model when the request names none", async () => {
    const { ask, fleet, server } = await frontBeforeScripts([completion("a")]);
    await vi.waitFor(() => expect(fleet.replicas[0]?.models).toEqual(["tiny"]), 20_000);

    await ask("/v1/completions", { prompt: "1" });

    expect(server.requests[0]?.body).toEqual({ model: "tiny", prompt: "1" });
  });

  it("hands on events while they come, as they are", async () => {
    const more = Promise.withResolvers<void>();
    const { ask } = await frontBeforeScripts([
      async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: ${JSON.stringify(delta("a"))}\r\n\r\ndata: {"choices":\ndata: []}\n\n`);
        await more.promise;
        response.end(`data: ${JSON.stringify(delta("b", "stop"))}\n\ndata: [DONE]\n\n`);
      },
    ]);

    const response = await ask("/v1/chat/completions", { model: "tiny", messages: [], stream: true });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value: first } = await reader.read();
    more.resolve();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;

    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(first).toContain(`data: ${JSON.stringify(delta("a"))}\n\n`);
    expect(first! + rest).toBe(
      `data: ${JSON.stringify(delta("a"))}\n\ndata: {"choices":\ndata: []}\n\ndata: ${JSON.stringify(delta("b", "stop"))}\n\ndata: [DONE]\n\n`,
    );
  });

  it("tells a stream that breaks off as an error event, without an end", async () => {
    const { ask } = await frontBeforeScripts([stream([delta("a")], "cut")]);

    const response = await ask("/v1/chat/completions", { model: "tiny", messages: [], stream: true });
    const told = await response.text();

    expect(response.status).toBe(200);
    expect(told).toContain('"code":"INFERENCE_INTERRUPTED"');
    expect(told).not.toContain("[DONE]");
  });

  it("answers a stream that fails before its first event with a status", async () => {
    const { ask } = await frontBeforeScripts([failure(400, "temperature must be non-negative")]);

    const response = await ask("/v1/chat/completions", { model: "tiny", messages: [], stream: true, temperature: -1 });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });

  it("answers as a whole when the server does, though a stream was asked for", async () => {
    const { ask } = await frontBeforeScripts([completion("a")]);

    const response = await ask("/v1/completions", { ...prompt, stream: true });

    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ choices: [{ text: "a" }] });
  });

  it("ends a stream that has no events", async () => {
    const { ask } = await frontBeforeScripts([stream([])]);

    const response = await ask("/v1/completions", { ...prompt, stream: true });

    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(await response.text()).toBe("data: [DONE]\n\n");
  });

  it("answers for a fleet that has no texts of servers", async () => {
    const { fleet, front } = await frontBefore([]);
    const body = { choices: [{ index: 0, text: "a" }] };
    const other: Fleet = {
      ...fleet,
      replicas: [],
      waiting: 0,
      send: () => Promise.resolve({ body, replica: "dragon", tries: 1, latencyMs: 1, firstByteMs: 1 }),
    };
    const second = await startFront({ backend: "vllm", fleet: other, logger: silentLogger, token: front.token });
    onTestFinished(() => second.close(0));

    const response = await fetch(`${second.address}/v1/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${front.token}`, "content-type": "application/json" },
      body: JSON.stringify(prompt),
    });

    expect(await response.json()).toEqual(body);
  });

  it("aborts the request to the server as soon as its client leaves", async () => {
    const { ask, server, fleet } = await frontBeforeScripts([silence]);
    const leaving = new AbortController();

    const asked = ask("/v1/completions", prompt, { signal: leaving.signal }).catch(() => "left");
    await server.received(1);
    leaving.abort();

    expect(await asked).toBe("left");
    await server.requests[0]?.aborted;
    await vi.waitFor(() => expect(fleet.replicas[0]?.inFlight).toBe(0), 20_000);
    await vi.waitFor(
      async () =>
        expect(await (await ask("/metrics")).text()).toContain(
          'rhapsody_inference_requests_total{route="/v1/completions",status="499"} 1',
        ),
      20_000,
    );
  });

  it("breaks the connection of a client that takes none of its answer, and goes on with others", async () => {
    const long = "a".repeat(64 * 1024);
    const { front, ask, server } = await frontBeforeScripts(
      [
        async (response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          const closed = once(response, "close");
          // Far more than all buffers in between take.
          for (let n = 0; n < 1_000 && !response.destroyed; n += 1) {
            const room = response.write(`data: ${JSON.stringify(delta(long))}\n\n`);
            if (!room) await Promise.race([new Promise((resolve) => response.once("drain", resolve)), closed]);
          }
        },
        completion("b"),
      ],
      { clientStallMs: 300 },
    );
    const body = JSON.stringify({ model: "tiny", messages: [], stream: true });
    const socket = connect(Number(new URL(front.address).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${front.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await server.received(1);

    await server.requests[0]?.aborted;
    socket.destroy();

    expect((await ask("/v1/completions", prompt)).status).toBe(200);
  });

  it("tells the truth about its servers' health, to anybody", async () => {
    const { front, server } = await frontBeforeScripts([]);
    const health = (): Promise<Response> => fetch(`${front.address}/health`);

    const well = await health();
    await server.stop();

    expect([well.status, await well.json()]).toEqual([200, { status: "healthy" }]);
    await vi.waitFor(async () => expect((await health()).status).toBe(503), { timeout: 20_000, interval: 200 });
  });

  it("is unhealthy without servers", async () => {
    const { ask } = await frontBefore([]);

    expect((await ask("/health")).status).toBe(503);
    expect((await ask("/v1/models")).status).toBe(200);
  });

  it("lists the models of its servers", async () => {
    const { ask, fleet } = await frontBeforeScripts([]);
    await vi.waitFor(() => expect(fleet.replicas[0]?.models).toEqual(["tiny"]), 20_000);

    const model = { id: "tiny", object: "model", max_model_len: 256 };
    expect(await (await ask("/v1/models")).json()).toMatchObject({ object: "list", data: [model] });
    expect(await (await ask("/v1/models/tiny")).json()).toMatchObject(model);
    expect((await ask("/v1/models/other")).status).toBe(404);
    expect((await ask("/v1/models/%")).status).toBe(404);
  });

  it("counts what it does", async () => {
    const { ask } = await frontBeforeScripts([completion("a")]);
    await ask("/v1/completions", prompt);
    await ask("/v1/completions", "{");
    await ask("/nothing");

    const response = await ask("/metrics");
    const metrics = await response.text();

    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    for (const line of [
      'rhapsody_inference_requests_total{route="/v1/completions",status="200"} 1',
      'rhapsody_inference_requests_total{route="/v1/completions",status="400"} 1',
      'rhapsody_inference_requests_total{route="other",status="404"} 1',
      'rhapsody_inference_request_seconds_count{route="/v1/completions"} 2',
      'rhapsody_inference_first_byte_seconds_bucket{route="/v1/completions",le="+Inf"} 1',
      'rhapsody_inference_server_requests_total{replica="server-0"} 1',
      "rhapsody_inference_prompt_tokens_total 2",
      "rhapsody_inference_completion_tokens_total 3",
      "rhapsody_inference_requests_in_flight 0",
      "rhapsody_inference_waiting 0",
      'rhapsody_inference_replicas{status="healthy"} 1',
      'rhapsody_inference_replica_in_flight{replica="server-0"} 0',
    ])
      expect(metrics.split("\n")).toContain(line);
  });

  it("gives each request an id, the client's own when it is safe", async () => {
    const { ask } = await frontBeforeScripts([]);
    const idFor = async (given?: string): Promise<string | null> => {
      const response = await ask(
        "/v1/models",
        undefined,
        given === undefined ? {} : { headers: { "x-request-id": given } },
      );
      return response.headers.get("x-request-id");
    };

    expect(await idFor("run-7.task:3")).toBe("run-7.task:3");
    expect(await idFor("a b")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor()).not.toBe(await idFor());
  });

  it("lets pages of named origins ask, and no others", async () => {
    const { front, ask } = await frontBeforeScripts([], { corsOrigins: ["https://lab.example"] });
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${front.address}/v1/models`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "GET",
          "access-control-request-headers": "authorization,x-stainless-os",
        },
      });

    const allowed = await preflight("https://lab.example");

    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-headers")).toBe("authorization,x-stainless-os");
    expect((await preflight("https://other.example")).status).toBe(401);
    const read = await ask("/v1/models", undefined, { headers: { origin: "https://lab.example" } });
    expect(read.headers.get("access-control-allow-origin")).toBe("https://lab.example");
  });
});

describe("a front under load", () => {
  it("loses nothing, and forgets those that left", async () => {
    const text = "abcdefgh";
    const { ask, fleet, server } = await frontBeforeScripts(
      [
        async (response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          for (const letter of text) {
            response.write(`data: ${JSON.stringify(delta(letter, letter === "h" ? "stop" : null))}\n\n`);
            await new Promise(setImmediate);
          }
          response.end("data: [DONE]\n\n");
        },
      ],
      { fleetOptions: { maxInFlight: 32 } },
    );
    const read = async (index: number): Promise<string> => {
      const leaving = new AbortController();
      const response = await ask(
        "/v1/chat/completions",
        { model: "tiny", messages: [], stream: true },
        { signal: leaving.signal },
      );
      if (index % 3 === 0) {
        leaving.abort();
        return "left";
      }
      return [...(await response.text()).matchAll(/"content":"(.)"/g)].map(([, letter]) => letter).join("");
    };

    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => read(index)));

    expect(answers.filter((answer) => answer === text)).toHaveLength(200);
    expect(answers.filter((answer) => answer === "left")).toHaveLength(100);
    expect(server.requests).toHaveLength(300);
    await vi.waitFor(
      () => expect([fleet.replicas[0]?.inFlight, fleet.replicas[0]?.outstanding, fleet.waiting]).toEqual([0, 0, 0]),
      20_000,
    );
    expect(await (await ask("/metrics")).text()).toContain("rhapsody_inference_requests_in_flight 0\n");
  });
});

describe("a front refuses", () => {
  it.each([undefined, "Bearer wrong", "Bearer ", "Basic abc"])(
    "a request with the authorization %s",
    async (authorization) => {
      const { front } = await frontBeforeScripts([]);

      for (const path of ["/v1/models", "/metrics", "/generate", "/nothing"]) {
        const response = await fetch(
          front.address + path,
          authorization === undefined ? {} : { headers: { authorization } },
        );
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe("Bearer");
        expect(await response.json()).toMatchObject({
          error: { code: "invalid_api_key", type: "authentication_error", param: null },
        });
      }
    },
  );

  it.each([
    { title: "an unknown path", path: "/v2/x", body: undefined, status: 404, code: "not_found" },
    {
      title: "a GET of what is asked",
      path: "/v1/completions",
      body: undefined,
      status: 405,
      code: "method_not_allowed",
    },
    { title: "a POST of what is looked at", path: "/v1/models", body: {}, status: 405, code: "method_not_allowed" },
    { title: "what is no JSON", path: "/v1/completions", body: "{", status: 400, code: "invalid_request" },
    { title: "what is no object", path: "/v1/completions", body: "[]", status: 400, code: "invalid_request" },
    {
      title: "a body that is too large",
      path: "/v1/completions",
      body: `"${"a".repeat(2_000)}"`,
      status: 413,
      code: "request_too_large",
    },
  ])("$title", async ({ path, body, status, code }) => {
    const { ask, server } = await frontBeforeScripts([], { maxBodyBytes: 1_000 });

    const response = await ask(path, body);

    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
    expect(server.requests).toHaveLength(0);
  });

  it("a body of another type, compressed, or not of text", async () => {
    const { ask } = await frontBeforeScripts([completion("a")]);
    const post = (init: RequestInit): Promise<Response> => ask("/v1/completions", "{}", init);

    expect((await post({ headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect((await post({ headers: { "content-encoding": "gzip" } })).status).toBe(415);
    expect((await post({ body: new Uint8Array([0x7b, 0xff, 0x7d]) })).status).toBe(400);
    expect((await post({ headers: { "content-type": "application/json; charset=utf-8" } })).status).not.toBe(415);
  });

  it("a body that grows too large without having said so, and lets its client send the rest", async () => {
    const { front } = await frontBeforeScripts([], { maxBodyBytes: 1_000 });
    const request = send(`${front.address}/v1/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${front.token}`, "content-type": "application/json" },
    });
    for (let n = 0; n < 100; n += 1) request.write("a".repeat(64 * 1024));
    request.end();

    const [[response]] = await Promise.all([
      once(request, "response") as Promise<[IncomingMessage]>,
      once(request, "finish"),
    ]);

    expect([response.statusCode, response.headers.connection]).toEqual([413, "keep-alive"]);
    expect(await text(response)).toContain("request_too_large");
  });

  it("more requests than it takes at a time, and says when to come again", async () => {
    const { ask, server } = await frontBeforeScripts([silence], { maxConcurrent: 1 });
    const leaving = new AbortController();
    const first = ask("/v1/completions", prompt, { signal: leaving.signal }).catch(() => "left");
    await server.received(1);

    const second = await ask("/v1/completions", prompt);
    const look = await ask("/v1/models");
    leaving.abort();
    await first;

    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await second.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limit_exceeded" } });
    expect(look.status).toBe(200);
  });

  it("a request when the line is full", async () => {
    const { ask, server } = await frontBeforeScripts([silence], { fleetOptions: { maxInFlight: 1, maxWaiting: 0 } });
    const leaving = new AbortController();
    const first = ask("/v1/completions", prompt, { signal: leaving.signal }).catch(() => "left");
    await server.received(1);

    const second = await ask("/v1/completions", prompt);
    leaving.abort();
    await first;

    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await second.json()).toMatchObject({ error: { code: "INFERENCE_QUEUE_FULL" } });
  });

  it("to listen where somebody else does, or what is no address of this machine", async () => {
    const { front, fleet } = await frontBefore([]);
    const options = { backend: "vllm", fleet, logger: silentLogger };
    const refused = { code: "BACKEND_UNAVAILABLE", backend: "vllm" };

    await expect(startFront({ ...options, port: Number(new URL(front.address).port) })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("choose another port") as string,
    });
    await expect(startFront({ ...options, host: "192.0.2.1" })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("an address of this machine") as string,
    });
  });
});

describe("closing a front", () => {
  it("lets requests end that are under way, and refuses new ones", async () => {
    const more = Promise.withResolvers<void>();
    const { front, ask, server } = await frontBeforeScripts([
      async (response, request) => {
        await more.promise;
        await completion("late")(response, request);
      },
    ]);
    const asked = ask("/v1/completions", prompt);
    await server.received(1);

    const closed = front.close(10_000);
    await expect(ask("/v1/models")).rejects.toThrow("fetch failed");
    more.resolve();

    expect(await (await asked).json()).toMatchObject({ choices: [{ text: "late" }] });
    await closed;
    await front.close(0);
  });

  it("ends streams that are not over in time with an error", async () => {
    const { front, ask } = await frontBeforeScripts([
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: ${JSON.stringify(delta("a"))}\n\n`);
      },
    ]);
    const response = await ask("/v1/completions", { ...prompt, stream: true });

    const [told] = await Promise.all([response.text(), front.close(10)]);

    expect(told).toContain('"code":"INFERENCE_CLOSED"');
    expect(told).not.toContain("[DONE]");
  });

  it("aborts what is not over in time, tells its clients, and leaves no connection", async () => {
    const { front, ask, server } = await frontBeforeScripts([silence]);
    const asked = ask("/v1/completions", prompt);
    const idle = connect(Number(new URL(front.address).port), "127.0.0.1");
    await once(idle, "connect");
    await server.received(1);

    await front.close(10);

    expect([(await asked).status, await (await asked).json()]).toMatchObject([
      503,
      { error: { code: "INFERENCE_CLOSED" } },
    ]);
    await server.requests[0]?.aborted;
    if (!idle.destroyed) await once(idle, "close");
  });
});
