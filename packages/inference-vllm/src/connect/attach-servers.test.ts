import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { AITask, silentLogger, type LogFields, type Logger } from "@rhapsody/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { ScriptedServer } from "../__fixtures__/scripted-server.ts";
import { shout } from "../__fixtures__/scripts.ts";
import { startScripted } from "../__fixtures__/session.ts";
import { VllmInferenceBackend } from "../index.ts";

/** A logger that keeps what it is told of servers. */
function listen(): { readonly logger: Logger; readonly told: LogFields[] } {
  const told: LogFields[] = [];
  const keep = (fields: LogFields, message: string): void => {
    if ("server" in fields) told.push({ ...fields, message });
  };
  return { logger: { ...silentLogger, info: keep, warn: keep }, told };
}

it("tells in the log which server is gone, once and why, and that it is back", async () => {
  const [well, ill] = [await startScripted(shout), await startScripted(shout)];
  const { port } = ill;
  const { logger, told } = listen();
  const servers = [well.url, { name: "ill", url: ill.url }];
  const session = openSession(new VllmInferenceBackend({ servers }), { logger });
  await session.start();
  await ill.stop();
  const tasks = Array.from({ length: 8 }, () => new AITask({ prompt: "hello" }));
  await session.submitTasks(tasks);
  await Promise.all(tasks);

  expect(told).toEqual([
    expect.objectContaining({
      backend: "vllm",
      server: "ill",
      why: expect.stringContaining("ECONNREFUSED") as unknown,
      message: "a server gets no more requests until it answers again",
    }),
  ]);
  const again = await ScriptedServer.start([shout], port);
  onTestFinished(() => again.stop());
  await vi.waitFor(() => expect(told[1]).toMatchObject({ server: "ill", message: "a server answers again" }), 20_000);
});

it("tells in the log which of several servers cannot be asked when it opens", async () => {
  const { url } = await startScripted(shout);
  const { logger, told } = listen();
  const ill = await startScripted();
  const servers = [{ name: "ill", url: ill.url }, url];
  await ill.stop();
  await openSession(new VllmInferenceBackend({ servers }), { logger }).start();

  expect(told).toEqual([
    {
      backend: "vllm",
      server: "ill",
      why: expect.stringContaining("ECONNREFUSED") as unknown,
      message: "a server cannot be asked",
    },
  ]);
});

it("says when an address is that of a server without TLS", async () => {
  const { port } = await startScripted();
  const session = openSession(new VllmInferenceBackend({ servers: `https://127.0.0.1:${port}` }));

  expect((await rejectionOf(session.start())).message).toContain("it speaks http, not https");
});
