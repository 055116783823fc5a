import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ScriptedBackend, type Script } from "../__fixtures__/scripted-backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import type { ExecutableTaskOptions } from "../task/task-options.ts";
import type { FailoverPolicy } from "./failover-policy.ts";

const death = new BackendError("BACKEND_LOST", { backend: "scripted", message: "the scheduler died" });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session with `a` in flight on a backend whose later openings fail, all of them or the first few. */
async function failing(openings: number, policy: FailoverPolicy = {}, fields: Partial<ExecutableTaskOptions> = {}) {
  const backend: ScriptedBackend = new ScriptedBackend({
    open: ({ epoch }) => {
      if (epoch > 1 && backend.contexts.length <= openings + 1) throw new Error("connection refused");
    },
  });
  return { backend, ...(await inFlight(backend, policy, fields)) };
}

async function inFlight(
  backend: ScriptedBackend,
  failover: FailoverPolicy = {},
  fields: Partial<ExecutableTaskOptions> = {},
) {
  const session = sessionOf({ backends: [backend], failover });
  await session.start();
  const [future] = await session.submitTasks([program("a", fields)]);
  await settle();
  return { session, future };
}

/** Lets all come about that is due now. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe("a backend that died is opened again", () => {
  it("at once, then after pauses that grow up to a limit", async () => {
    const openedAt: number[] = [];
    const backend = new ScriptedBackend({
      open: ({ epoch }) => {
        openedAt.push(performance.now());
        if (epoch > 1) throw new Error("connection refused");
      },
    });
    await inFlight(backend, { openings: 100, maxDelayMs: 500 });
    const diedAt = performance.now();

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(2000);

    const [, first, ...rest] = openedAt;
    expect(first).toBe(diedAt);
    const pauses = rest.map((at, index) => at - (openedAt[index + 1] ?? 0));
    // A deadline may fire late by 1/64.
    expect(pauses.map((ms) => Math.floor(ms / 20) * 20)).toEqual([100, 200, 400, 500, 500]);
  });

  it("and runs what was lost", async () => {
    const { backend, session, future } = await failing(3);

    backend.context.lost(death);
    while (backend.tasks.length < 2) await vi.advanceTimersByTimeAsync(100);
    await settle();
    backend.report("a", { state: "DONE" });

    expect(await future).toMatchObject({ state: "DONE", attempts: 2 });
    expect(session.statistics().backends["scripted"]?.status).toBe("open");
  });

  it("and has had one mishap, not two, when it dies while it is being opened", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({
      open: ({ epoch, lost }) => (epoch > 1 && backend.contexts.length === 2 ? lost(death) : undefined),
    });
    const { future } = await inFlight(backend, { openings: 3 });

    backend.context.lost(death);
    while (backend.tasks.length < 2) await vi.advanceTimersByTimeAsync(100);
    await settle();
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(2);
  });

  it("only once there is something to run", async () => {
    const { backend, session, future } = await failing(0);
    backend.report("a", { state: "DONE" });
    await future;

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(backend.contexts).toHaveLength(1);
    await session.submitTasks([program("b")]);
    await settle();

    expect(backend.contexts).toHaveLength(2);
  });

  it("by start, in the middle of a pause", async () => {
    const { backend, session } = await failing(1);
    backend.context.lost(death);
    await settle();
    expect(backend.contexts).toHaveLength(2);

    await session.start();

    expect(session.statistics().backends["scripted"]?.status).toBe("open");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("even when it never finishes closing what is left of it, after a minute", async () => {
    const backend = new ScriptedBackend({ close: () => new Promise(() => {}) });
    const { session } = await inFlight(backend);

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(backend.contexts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);

    expect(backend.contexts).toHaveLength(2);
    const closed = session.close({ graceMs: 0 }).catch(() => {});
    await vi.advanceTimersByTimeAsync(60_000);
    await closed;
  });
});

describe("a backend that does not come back", () => {
  it("is unavailable after five mishaps in a row, and fails what waits for it", async () => {
    const { backend, session, future } = await failing(100);
    const events = session.events();

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(backend.contexts).toHaveLength(5);
    expect(await rejectionOf(future)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(
        /^\[a on scripted\] died or did not open 5 times in a row.*connection refused/,
      ) as string,
      cause: { code: "BACKEND_UNAVAILABLE", cause: { cause: { message: "connection refused" } } },
    });
    expect(session.statistics().backends["scripted"]?.status).toBe("unavailable");
    await session.close();
    const statuses: string[] = [];
    for await (const event of events) if (event.type === "backend") statuses.push(event.status);
    const tries = Array.from({ length: 4 }, () => ["opening", "unavailable"]).flat();
    expect(statuses).toEqual(["lost", ...tries, "unavailable"]);
  });

  it("is unavailable as well when it opens, and dies again before it finishes a task", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({
      submit: async () => queueMicrotask(() => backend.context.lost(death)),
    });
    const { future } = await inFlight(backend);
    const rejection = rejectionOf(future);

    await vi.advanceTimersByTimeAsync(60_000);

    expect(await rejection).toMatchObject({ code: "BACKEND_UNAVAILABLE", attempt: 6, cause: { cause: death } });
    expect(backend.batches).toHaveLength(5);
  });

  it("is not, as long as it finishes tasks in between", async () => {
    const script: Script = { capabilities: { capacity: { maxInFlight: 1 } } };
    const backend = new ScriptedBackend(script);
    const session = sessionOf({ backends: [backend] });
    const uids = Array.from({ length: 20 }, (_, index) => `t${index}`);
    await session.start();
    const futures = await session.submitTasks(uids.map((uid) => program(uid)));

    for (const _ of uids) {
      await settle();
      backend.report(backend.tasks.at(-1)!.uid, { state: "DONE" });
      await settle();
      backend.context.lost(death);
    }

    expect((await Promise.all(futures)).map(({ state }) => state)).toEqual(uids.map(() => "DONE"));
  });

  it("is not opened again when the policy says so", async () => {
    const { backend, future } = await failing(0, { openings: 1 });

    backend.context.lost(death);

    expect(await rejectionOf(future)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining("died; at last: the scheduler died") as string,
    });
    expect(backend.contexts).toHaveLength(1);
  });

  it("is tried once for a later task, which fails at once", async () => {
    const { backend, session, future } = await failing(100);
    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(60_000);
    await future.settled();

    const [later] = await session.submitTasks([program("b")]);

    expect(await rejectionOf(later)).toMatchObject({
      message: "[b on scripted] could not be opened: connection refused",
    });
    expect(backend.contexts).toHaveLength(6);
  });

  it("serves later tasks when it is back after all", async () => {
    const { backend, session, future } = await failing(4);
    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(60_000);
    await future.settled();

    const [later] = await session.submitTasks([program("b")]);
    await settle();
    backend.report("b", { state: "DONE" });

    expect((await later).state).toBe("DONE");
  });

  it("is waited for by tasks with a retry policy", async () => {
    const { backend, future } = await failing(5, {}, { retry: { attempts: 3, delayMs: 60_000 } });

    backend.context.lost(death);
    while (backend.tasks.length < 2) await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    backend.report("a", { state: "DONE" });

    // Lost, then two times unavailable.
    expect((await future).attempts).toBe(4);
  });
});

describe("closing the session", () => {
  it("ends a pause before the next opening at once, and leaves no timer behind", async () => {
    const { backend, session, future } = await failing(100, { delayMs: 3_600_000, maxDelayMs: 3_600_000 });
    backend.context.lost(death);
    await settle();
    expect(vi.getTimerCount()).toBe(1);

    await session.close();

    expect(future.state).toBe("CANCELLED");
    expect(vi.getTimerCount()).toBe(0);
    expect(backend.contexts).toHaveLength(2);
  });

  it("goes on without a backend that hangs while it is opened again", async () => {
    const backend = new ScriptedBackend({ open: ({ epoch }) => (epoch === 1 ? undefined : new Promise(() => {})) });
    const { session, future } = await inFlight(backend);
    backend.context.lost(death);
    await settle();

    const closed = rejectionOf(session.close({ graceMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);

    expect(await closed).toMatchObject({ errors: [{ code: "BACKEND_UNAVAILABLE" }] });
    expect(future.state).toBe("CANCELLED");
  });

  it("in order waits for what was lost to run again", async () => {
    const { backend, session, future } = await failing(2);

    const closed = session.close({ mode: "drain" });
    backend.context.lost(death);
    while (backend.tasks.length < 2) await vi.advanceTimersByTimeAsync(100);
    await settle();
    backend.report("a", { state: "DONE" });
    await closed;

    expect(future.state).toBe("DONE");
  });
});
