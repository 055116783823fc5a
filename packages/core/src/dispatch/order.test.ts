import { describe, expect, it } from "vitest";
import { obliging, openSession, program, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

const oneAtATime = { capabilities: { capacity: { maxInFlight: 1 } } };

/** Ends tasks one by one and gives the order in which they were handed over. */
async function orderOf(backend: RecordingBackend, tasks: number): Promise<readonly string[]> {
  for (let ended = 0; ended < tasks; ended += 1) {
    await turn();
    for (const uid of backend.running) backend.done(uid);
  }
  return backend.submissions.map(({ uid }) => uid);
}

it("hands over in order of submission", async () => {
  const { session, backend } = openSession(obliging());
  const uids = Array.from({ length: 3000 }, (_, i) => `t${i}`);

  await Promise.all(await session.submitTasks(uids.map((uid) => program(uid))));

  expect(backend.submissions.map(({ uid }) => uid)).toEqual(uids);
});

it("hands over higher priorities first, and in order of submission within one", async () => {
  const { session, backend } = openSession(oneAtATime);
  await session.start();
  const priorities = { a: 0, b: -1, c: 5, d: 0, e: 5, f: 0.5 };

  await session.submitTasks(Object.entries(priorities).map(([uid, priority]) => program(uid, { priority })));

  expect(await orderOf(backend, 6)).toEqual(["c", "e", "f", "a", "d", "b"]);
});

it("lets a task that comes later but matters more go first", async () => {
  const { session, backend } = openSession(oneAtATime);
  await session.submitTasks([program("running"), program("waiting")]);
  await backend.submission("running");

  await session.submitTasks([program("urgent", { priority: 1 })]);

  expect(await orderOf(backend, 3)).toEqual(["running", "urgent", "waiting"]);
});

it("tells the backend each task's priority", async () => {
  const { session, backend } = openSession();

  await session.submitTasks([program("a", { priority: 7 }), program("b")]);
  await backend.submission("b");

  expect(backend.submissions.map(({ priority }) => priority)).toEqual([7, 0]);
});

describe("a task that does not fit yet", () => {
  const roomFor = (cores: number) => new RecordingBackend({ capabilities: { capacity: { cores } } });

  it("is overtaken by smaller ones that do", async () => {
    const backend = roomFor(2);
    const { session } = openSession(backend);
    await session.start();

    await session.submitTasks([
      program("half", { resources: { cores: 1 } }),
      program("whole", { resources: { cores: 2 } }),
      program("rest", { resources: { cores: 1 } }),
    ]);
    await turn();

    expect(backend.running).toEqual(["half", "rest"]);
  });

  it("is overtaken at most 64 times before the backend runs empty for it", async () => {
    const backend = roomFor(2);
    const { session } = openSession(backend);
    await session.start();
    await session.submitTasks([
      program("blocker", { resources: { cores: 1 } }),
      program("whole", { resources: { cores: 2 } }),
    ]);
    await session.submitTasks(Array.from({ length: 200 }, (_, i) => program(`small${i}`, { resources: { cores: 1 } })));
    await turn();

    let before = 0;
    while (!backend.running.includes("whole")) {
      const small = backend.running.find((uid) => uid.startsWith("small"));
      if (small === undefined) backend.done("blocker");
      else backend.done(small);
      before += 1;
      expect(before).toBeLessThan(100);
      await turn();
    }

    const overtakers = backend.submissions.filter(({ uid }) => uid.startsWith("small"));
    expect(overtakers).toHaveLength(64);
  });

  it("holds nobody up any more once it is cancelled", async () => {
    const backend = roomFor(2);
    const { session } = openSession(backend);
    await session.start();
    const [, whole] = await session.submitTasks([
      program("blocker", { resources: { cores: 1 } }),
      program("whole", { resources: { cores: 2 }, priority: 1 }),
      ...Array.from({ length: 70 }, (_, i) => program(`small${i}`, { resources: { cores: 1 } })),
    ]);
    for (let ended = 0; ended < 64; ended += 1) {
      await turn();
      const small = backend.running.find((uid) => uid.startsWith("small"));
      if (small !== undefined) backend.done(small);
    }

    await whole.cancel();
    await turn();

    expect(backend.running).toHaveLength(2);
  });
});

describe("batches", () => {
  it("are what became ready in one go, handed over in one call", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });
    await session.start();

    await session.submitTasks(Array.from({ length: 100 }, (_, i) => program(`t${i}`)));
    await turn();

    expect(backend.batches.map(({ length }) => length)).toEqual([100]);
  });

  it("hold at most 1,024 attempts", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });
    await session.start();

    await session.submitTasks(Array.from({ length: 5000 }, (_, i) => program(`t${i}`)));
    while (backend.tasks.length < 5000) await turn();

    expect(backend.batches.map(({ length }) => length)).toEqual([1024, 1024, 1024, 1024, 904]);
  });

  it("are handed over one at a time: the next one waits until the backend has taken the last", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const backend: ScriptedBackend = new ScriptedBackend({
      submit: () => gates[backend.batches.length - 1]?.promise ?? Promise.resolve(),
    });
    const session = sessionOf({ backends: [backend] });
    await session.start();
    await session.submitTasks([program("a")]);
    await turn();
    await session.submitTasks([program("b"), program("c")]);
    await turn();
    expect(backend.batches).toHaveLength(1);

    gates[0]!.resolve();
    await turn();

    expect(backend.batches.map((batch) => batch.map(({ uid }) => uid))).toEqual([["a"], ["b", "c"]]);
  });

  it("leave other backends alone while one is slow to take its own", async () => {
    const slow = new ScriptedBackend({ name: "slow", submit: () => new Promise(() => {}) });
    const quick = obliging({ name: "quick" });
    const session = sessionOf({ backends: [slow, quick] });

    const futures = await session.submitTasks([program("a", { backend: "slow" }), program("b", { backend: "quick" })]);

    expect((await futures[1]).state).toBe("DONE");
  });

  it("let timers and sockets have their turn while many small tasks run", async () => {
    const { session } = openSession(obliging());
    let turns = 0;
    let over = false;
    const count = (): void => {
      turns += 1;
      if (!over) setImmediate(count);
    };
    setImmediate(count);

    await Promise.all(await session.submitTasks(Array.from({ length: 20_000 }, (_, i) => program(`t${i}`))));
    over = true;

    expect(turns).toBeGreaterThanOrEqual(4);
  });
});
