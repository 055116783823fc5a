import { describe, expect, it } from "vitest";
import { exitCode1, openSession, program, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import type { TaskState } from "../task/task-state.ts";

async function scripted(submit?: () => Promise<void>) {
  const backend = new ScriptedBackend(submit === undefined ? {} : { submit });
  const session = sessionOf({ backends: [backend] });
  const states: TaskState[] = [];
  session.registerCallback((_, state) => void states.push(state));
  const [future] = await session.submitTasks([program("a")]);
  while (backend.batches.length === 0) await turn();
  return { backend, session, future, states };
}

describe("updates that come before the batch is accepted", () => {
  it("count once it is", async () => {
    const gate = Promise.withResolvers<void>();
    const { backend, future, states } = await scripted(() => gate.promise);
    backend.report("a", { state: "RUNNING" });
    backend.report("a", { state: "DONE", stdout: "early" });
    await turn();
    expect(future.state).toBe("EXECUTING_PENDING");

    gate.resolve();

    expect((await future).stdout).toBe("early");
    expect(states).toEqual(["SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "DONE"]);
  });

  it("count for nothing when it is refused", async () => {
    const gate = Promise.withResolvers<void>();
    const { backend, future } = await scripted(() => gate.promise);
    backend.report("a", { state: "DONE" });

    gate.reject(new Error("full"));

    await expect(future).rejects.toMatchObject({ code: "BACKEND_REJECTED_TASKS" });
  });

  it("do not hold back those of batches accepted before", async () => {
    const gates = [Promise.resolve(), new Promise<void>(() => {})];
    const backend: ScriptedBackend = new ScriptedBackend({ submit: () => gates[backend.batches.length - 1]! });
    const session = sessionOf({ backends: [backend] });
    const [first] = await session.submitTasks([program("first")]);
    while (backend.batches.length < 1) await turn();
    await turn();
    await session.submitTasks([program("second")]);
    while (backend.batches.length < 2) await turn();

    backend.report("first", { state: "DONE" });

    expect((await first).state).toBe("DONE");
  });
});

describe("updates that are none", () => {
  const ended = { state: "DONE", stdout: "stale" } as const;

  it.each<[string, TaskUpdate]>([
    ["of an earlier attempt", { uid: "a", attempt: 0, epoch: 1, ...ended }],
    ["of an attempt to come", { uid: "a", attempt: 2, epoch: 1, ...ended }],
    ["of an opening that is over", { uid: "a", attempt: 1, epoch: 0, ...ended }],
    ["of an opening to come", { uid: "a", attempt: 1, epoch: 2, ...ended }],
    ["of an unknown task", { uid: "b", attempt: 1, epoch: 1, ...ended }],
    ["of a prototype's name", { uid: "__proto__", attempt: 1, epoch: 1, ...ended }],
  ])("are dropped: %s", async (_, update) => {
    const { backend, future, states } = await scripted();

    backend.context.report([update]);
    await turn();
    backend.report("a", { state: "DONE", stdout: "fresh" });

    expect((await future).stdout).toBe("fresh");
    expect(states.filter((state) => state === "DONE")).toHaveLength(1);
  });

  it("are dropped after the end: the first end counts", async () => {
    const { backend, session, future, states } = await scripted();

    backend.report("a", { state: "DONE", stdout: "first" });
    backend.report("a", { state: "DONE", stdout: "second" });
    backend.report("a", { state: "FAILED", failure: exitCode1 });
    backend.report("a", { state: "CANCELED" });
    backend.report("a", { state: "RUNNING" });
    await turn();

    expect((await future).stdout).toBe("first");
    expect(states).toEqual(["SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "DONE"]);
    expect(session.statistics().states).toMatchObject({ DONE: 1, FAILED: 0, CANCELLED: 0 });
  });

  it("are dropped when two ends come in one batch", async () => {
    const { backend, future } = await scripted();
    const attempt = { uid: "a", attempt: 1, epoch: 1 };

    backend.context.report([
      { ...attempt, state: "FAILED", failure: exitCode1 },
      { ...attempt, state: "DONE" },
    ]);

    await expect(future).rejects.toMatchObject({ code: "TASK_EXIT_CODE" });
  });

  it("are dropped after close", async () => {
    const { backend, session, future } = await scripted();
    await session.close();

    expect(() => backend.report("a", { state: "DONE" })).not.toThrow();

    expect(future.state).toBe("CANCELLED");
  });

  it("are dropped when a backend repeats RUNNING", async () => {
    const { backend, future, states } = await scripted();

    backend.report("a", { state: "RUNNING", at: 1000 });
    backend.report("a", { state: "RUNNING", at: 2000 });
    backend.report("a", { state: "DONE" });

    expect((await future).times.started).toBe(1000);
    expect(states.filter((state) => state === "EXECUTING")).toHaveLength(1);
  });
});

describe("a backend that tells only the end", () => {
  it("still ran a task that is DONE", async () => {
    const { backend, future, states } = await scripted();

    backend.report("a", { state: "DONE", startedAt: 1000, finishedAt: 2000 });

    expect((await future).times).toMatchObject({ started: 1000, finished: 2000 });
    expect(states).toEqual(["SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "DONE"]);
  });

  it("did not begin a task that is FAILED", async () => {
    const { backend, future, states } = await scripted();

    backend.report("a", { state: "FAILED", failure: exitCode1 });
    const result = await future.settled();

    expect(result.times).not.toHaveProperty("started");
    expect(states).toEqual(["SCHEDULING_PENDING", "EXECUTING_PENDING", "FAILED"]);
  });

  it("cancels a task that nobody cancelled", async () => {
    const { backend, future } = await scripted();

    backend.report("a", { state: "CANCELED" });

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED", reason: "cancelled by the backend" });
  });
});

it("passes output on as events, and changes no state for it", async () => {
  const { session, backend } = openSession();
  const events = session.events();
  const [future] = await session.submitTasks([program("a")]);
  await backend.submission("a");
  await turn();

  backend.output("a", "half", "stderr");
  backend.done("a");
  await future;
  await session.close();

  const seen: unknown[] = [];
  for await (const event of events) if (event.type === "output") seen.push(event);
  expect(seen).toEqual([
    {
      type: "output",
      at: expect.any(Number) as number,
      uid: "a",
      attempt: 1,
      stream: "stderr",
      index: 0,
      text: "half",
    },
  ]);
});

it("never throws at a backend that reports", async () => {
  const { backend, session } = await scripted();
  session.registerCallback(() => {
    throw new Error("a callback's own business");
  });

  expect(() => backend.report("a", { state: "DONE" })).not.toThrow();
});
