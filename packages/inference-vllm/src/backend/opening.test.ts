import { once } from "node:events";
import { createServer } from "node:net";
import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { AITask, type EngineEvent, type Session } from "@rhapsody/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { failure, ScriptedServer } from "../__fixtures__/scripted-server.ts";
import { shout } from "../__fixtures__/scripts.ts";
import { startAll, startScripted } from "../__fixtures__/session.ts";
import { VllmInferenceBackend } from "../index.ts";

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("opening", () => {
  it("says of each server why it cannot be asked", async () => {
    const port = await freePort();
    const servers = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}/v2`];
    const session = openSession(
      new VllmInferenceBackend({ servers: servers.map((url, index) => ({ url, name: `s${index}` })) }),
    );

    const error = await rejectionOf(session.start());

    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    for (const url of servers) expect(error.message).toContain(url);
  });

  it("is content with one server of several", async () => {
    const server = await startScripted(shout);
    const servers = [`http://127.0.0.1:${await freePort()}`, server.url];
    const session = openSession(new VllmInferenceBackend({ servers }));
    const task = new AITask({ prompt: "hello" });
    await session.submitTasks([task]);

    expect((await task).response).toBe("HELLO");
  });

  it("waits for servers as long as it is told", async () => {
    const port = await freePort();
    const session = openSession(
      new VllmInferenceBackend({ servers: `http://127.0.0.1:${port}`, connectTimeoutMs: 30_000 }),
    );
    const started = session.start();
    const server = await ScriptedServer.start([shout], port);
    onTestFinished(() => server.stop());

    await started;

    expect(session.statistics().backends["vllm"]?.engine?.workers).toBe(1);
  });

  it("refuses a model that no server has, and says which there are", async () => {
    const { session } = await startAll([shout], { model: "llama-3" });

    const error = await rejectionOf(session.start());

    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(error.message).toContain("no server has the model llama-3; there is tiny");
  });

  it("asks a server that does not list its models", async () => {
    const server = await startScripted(shout);
    server.models = [];
    const backend = new VllmInferenceBackend({ servers: server.url, model: "anything" });
    const task = new AITask({ prompt: "hello" });
    await openSession(backend).submitTasks([task]);

    await task;

    expect(server.requests[0]?.body["model"]).toBe("anything");
  });

  it("asks a server that is well, though it fails to list its models", async () => {
    const server = await startScripted(shout);
    server.lists = false;
    const task = new AITask({ prompt: "hello" });
    await openSession(new VllmInferenceBackend({ servers: server.url })).submitTasks([task]);

    expect((await task).response).toBe("HELLO");
  });

  it("has the words of a server that is not well", async () => {
    const server = await startScripted(shout);
    server.lists = false;
    server.health = 503;
    const session = openSession(new VllmInferenceBackend({ servers: server.url }));

    expect((await rejectionOf(session.start())).message).toContain("it failed (500: Internal Server Error)");
  });

  it("opens once at a time, and again once it is closed", async () => {
    const { session, backend } = await startAll([shout]);
    await session.start();

    await expect(backend.initialize()).rejects.toMatchObject({ code: "BACKEND_IN_USE" });
    await session.close();
    expect(await openSession(backend).start()).toBeDefined();
  });
});

describe("facts about the servers", () => {
  /** The first engine event that holds. */
  async function factsOf(
    session: Session,
    holds: (facts: EngineEvent["facts"]) => boolean,
  ): Promise<EngineEvent["facts"]> {
    for await (const event of session.events()) if (event.type === "engine" && holds(event.facts)) return event.facts;
    throw new Error("the session closed");
  }

  it("tell servers, requests and tokens", async () => {
    const { server, session } = await startAll([shout]);
    const told = factsOf(session, ({ details }) => Number(details?.["completionTokens"]) === 2);
    const task = new AITask({ prompt: ["a", "bc"] });
    await session.submitTasks([task]);
    await task;

    expect(await told).toMatchObject({
      workers: 1,
      tasks: { running: 0, waiting: 0 },
      details: { promptTokens: 3, replicas: [{ url: server.url, status: "healthy", models: ["tiny"] }] },
    });
  });

  it("tell that a server is gone", async () => {
    const { server, session } = await startAll([failure(401, "no")], { patienceMs: 10 });
    await session.start();
    await server.stop();
    const told = factsOf(session, ({ workers }) => workers === 0);
    const task = new AITask({ prompt: "hello" });
    await session.submitTasks([task]);

    expect(await rejectionOf(task)).toMatchObject({ cause: { code: "INFERENCE_UNREACHABLE" } });
    expect((await told).details).toMatchObject({ replicas: [{ status: "ejected" }] });
  });
});
