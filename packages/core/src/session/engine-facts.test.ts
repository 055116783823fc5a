import { expect, it } from "vitest";
import { openSession, program, turn } from "../__fixtures__/open-session.ts";
import type { SessionEvent } from "../events/session-event.ts";

const facts = { workers: 2, threads: 4, memoryBytes: 1024, tasks: { processing: 3 } };

it("what an engine tells of itself is an event each time, and the latest is in the statistics", async () => {
  const { session, backend } = openSession();
  const events = session.events();
  await session.start();
  backend.observe({ workers: 1 });
  backend.observe(facts);

  expect(session.statistics().backends["recording"]).toEqual({
    status: "open",
    waiting: 0,
    inFlight: 0,
    engine: facts,
  });
  await session.close();

  const seen: SessionEvent[] = [];
  for await (const event of events) if (event.type === "engine") seen.push(event);
  expect(seen).toMatchObject([
    { backend: "recording", facts: { workers: 1 } },
    { backend: "recording", facts },
  ]);
});

it("counts while the backend is being opened, too", async () => {
  const { session, backend } = openSession();
  const { open } = backend;
  backend.open = async (context) => {
    context.observe(facts);
    return await open.call(backend, context);
  };

  await session.start();

  expect(session.statistics().backends["recording"]?.engine).toEqual(facts);
});

it.each(["lost", "closed"])("is forgotten once the backend is %s, and dropped when it comes later", async (how) => {
  const { session, backend } = openSession();
  const { open } = backend;
  let tell = (): void => {};
  backend.open = async (context) => {
    tell = () => context.observe(facts);
    return await open.call(backend, context);
  };
  await session.submitTasks([program("a")]);
  await backend.submission("a");
  await turn();
  tell();
  backend.open = () => new Promise(() => {});

  if (how === "lost") backend.lose();
  else await session.close();
  const events = session.events();
  tell();

  expect(session.statistics().backends["recording"]?.engine).toBeUndefined();
  await session.close({ graceMs: 0 }).catch(() => {});
  for await (const event of events) expect(event.type).not.toBe("engine");
});
