import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import { silentLogger } from "../logging/create-logger.ts";
import type { TaskFuture } from "../task/task-future.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import type { SessionOptions } from "./session-options.ts";
import { Session } from "./session.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session with tasks `running`, `waiting` for room, and `next` after `running`. */
async function underWay(options: SessionOptions = {}) {
  const opened = openSession({ capabilities: { capacity: { maxInFlight: 1 } } }, options);
  const futures = await opened.session.submitTasks([
    program("running", { retry: { attempts: 2, delayMs: 10 } }),
    program("waiting"),
    program("next", { dependencies: ["running"] }),
  ]);
  await opened.backend.submission("running");
  await vi.advanceTimersByTimeAsync(0);
  opened.backend.run("running");
  return { ...opened, futures, states: () => statesOf(futures) };
}

function statesOf(futures: readonly TaskFuture[]): readonly string[] {
  return futures.map(({ state }) => state);
}

/** Whether a promise has settled; looked at later. */
function watch(promise: Promise<unknown>): { settled: boolean; readonly promise: Promise<unknown> } {
  const watched = { settled: false, promise };
  void promise.finally(() => (watched.settled = true));
  return watched;
}

const LEFT = ["CANCELLED", "CANCELLED", "CANCELLED"];
const checkpointed = "the session was closed by a checkpoint; without a journal it cannot be resumed";

describe("a checkpoint", () => {
  it("stops what runs at once, and says that it was left", async () => {
    const { session, futures, states } = await underWay();

    await session.close({ mode: "checkpoint" });

    expect(states()).toEqual(LEFT);
    for (const future of futures) {
      expect(await rejectionOf(future)).toMatchObject({ code: "TASK_CANCELLED", reason: checkpointed });
    }
  });

  it("lets what runs end until its deadline, and starts nothing more", async () => {
    const { session, backend, states } = await underWay();

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(states()).toEqual(["EXECUTING", "SCHEDULING_PENDING", "SCHEDULING_PENDING"]);
    backend.done("running");
    await closed;

    expect(states()).toEqual(["DONE", "CANCELLED", "CANCELLED"]);
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["running"]);
  });

  it("stops what still runs at its deadline", async () => {
    const { session, states } = await underWay();

    const closed = watch(session.close({ mode: "checkpoint", deadlineMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(closed.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    await closed.promise;

    expect(states()).toEqual(LEFT);
  });

  it("does not repeat an attempt that fails meanwhile", async () => {
    const { session, backend, states } = await underWay();

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    backend.fail("running", exitCode1);
    await closed;

    expect(states()).toEqual(LEFT);
    expect(backend.submissions).toHaveLength(1);
  });

  it("waits for nothing when nothing runs", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("pausing", { retry: { attempts: 2, delayMs: 1e6 } })]);
    await backend.submission("pausing");
    await vi.advanceTimersByTimeAsync(0);
    backend.fail("pausing", exitCode1);

    await session.close({ mode: "checkpoint", deadlineMs: Infinity });

    expect(future.state).toBe("CANCELLED");
  });

  it("waits for no backend that is still being opened, and hands it nothing", async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const open = async (): Promise<void> => {
      begun.resolve();
      await gate.promise;
    };
    const backend = new ScriptedBackend({ open });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    await begun.promise;

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    gate.resolve();
    await closed;

    expect(future.state).toBe("CANCELLED");
    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
  });

  it("goes on when a backend dies meanwhile", async () => {
    const { session, backend, states } = await underWay();

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    backend.lose();
    await closed;

    expect(states().slice(1)).toEqual(["CANCELLED", "CANCELLED"]);
    expect(backend.submissions).toHaveLength(1);
  });

  it("becomes a cancel when the session is closed again", async () => {
    const { session, futures } = await underWay();

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    await session.close();
    await closed;

    expect(await rejectionOf(futures[0])).toMatchObject({ reason: "the session was closed" });
  });

  it("is not turned back into a drain", async () => {
    const { session, backend, states } = await underWay();

    const closed = Promise.all([
      session.close({ mode: "checkpoint", deadlineMs: 60_000 }),
      session.close({ mode: "drain" }),
    ]);
    backend.done("running");
    await closed;

    expect(states()).toEqual(["DONE", "CANCELLED", "CANCELLED"]);
  });

  it("takes over from a drain", async () => {
    const { session, states } = await underWay();

    const closed = Promise.all([session.close({ mode: "drain" }), session.close({ mode: "checkpoint" })]);
    await closed;

    expect(states()).toEqual(LEFT);
  });

  it("leaves no timer behind", async () => {
    const { session, backend } = await underWay();

    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    backend.done("running");
    await closed;

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a drain with a deadline", () => {
  it("ends before it when everything is done", async () => {
    const { session, backend, states } = await underWay();

    const closed = session.close({ mode: "drain", deadlineMs: 60_000 });
    for (const uid of ["running", "waiting", "next"]) {
      await backend.submission(uid);
      await vi.advanceTimersByTimeAsync(0);
      backend.done(uid);
    }
    await closed;

    expect(states()).toEqual(["DONE", "DONE", "DONE"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops what is left when it passes, and says so", async () => {
    const { session, backend, futures, states } = await underWay();

    const closed = watch(session.close({ mode: "drain", deadlineMs: 60_000 }));
    backend.done("running");
    await vi.advanceTimersByTimeAsync(59_999);
    expect(closed.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    await closed.promise;

    expect(states()).toEqual(["DONE", "CANCELLED", "CANCELLED"]);
    expect(await rejectionOf(futures[1])).toMatchObject({
      reason: "the session was closed: the deadline of 60000 ms passed",
    });
  });

  it.each([
    ["sooner", 1_000],
    ["later", 100_000],
  ])("takes the earlier of two, the second being %s", async (_, deadlineMs) => {
    const { session } = await underWay();

    const closed = watch(session.close({ mode: "drain", deadlineMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(10_000);
    void session.close({ mode: "drain", deadlineMs });
    await vi.advanceTimersByTimeAsync(Math.min(deadlineMs, 50_000) - 1);
    expect(closed.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    await closed.promise;
  });

  it("keeps its deadline when it becomes a checkpoint with a later one", async () => {
    const { session, states } = await underWay();

    const closed = watch(session.close({ mode: "drain", deadlineMs: 1_000 }));
    void session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    await vi.advanceTimersByTimeAsync(1_000);

    await closed.promise;

    expect(states()).toEqual(LEFT);
  });

  it.each([Infinity, 30 * 86_400_000])("waits without end for %d ms", async (deadlineMs) => {
    const { session } = await underWay();

    const closed = watch(session.close({ mode: "drain", deadlineMs }));
    await vi.advanceTimersByTimeAsync(86_400_000);

    expect(closed.settled).toBe(false);
    await session.close();
  });

  it("does not care about jumps of the wall clock", async () => {
    const { session } = await underWay();

    const closed = watch(session.close({ mode: "drain", deadlineMs: 60_000 }));
    vi.setSystemTime(Date.now() + 86_400_000);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(closed.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    await closed.promise;
  });
});

it("gives tasks the smallest grace that was asked for, and 5 seconds when none was", async () => {
  const graces: number[] = [];
  const close = async (graceMs: number): Promise<void> => void graces.push(graceMs);
  for (const later of [{ graceMs: 300 }, { graceMs: 7_000 }, {}]) {
    const session = sessionOf({ backends: [new ScriptedBackend({ close })] });
    await session.start();
    await session.submitTasks([program("a")]);
    const draining = session.close({ mode: "drain", graceMs: 6_000 });
    await session.close(later);
    await draining;
  }

  expect(graces).toEqual([300, 6_000, 6_000]);
});

describe("with a journal", () => {
  it.each([
    ["checkpoint", "the session was closed by a checkpoint; "],
    ["drain", "the session was closed: the deadline of 0 ms passed; "],
    ["cancel", "the session was closed; "],
  ] as const)("a %s says how to resume what it stopped", async (mode, said) => {
    const { session, futures } = await underWay({ journal: new MemoryJournal({}, "run.db") });

    await session.close({ mode, deadlineMs: 0 });

    for (const future of futures) {
      expect(await rejectionOf(future)).toMatchObject({ reason: `${said}resume it with Session.resume("run.db")` });
    }
  });

  it("what closing stopped runs after a resume, and what the user cancelled counts as that", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = await underWay({ journal });
    await session.cancel("waiting");
    const closed = session.close({ mode: "checkpoint", deadlineMs: 60_000 });
    backend.done("running");
    await closed;
    vi.useRealTimers();

    expect(["running", "waiting", "next"].map((uid) => journal.resultOf(uid)?.state)).toEqual([
      "DONE",
      "CANCELLED",
      undefined,
    ]);
    await using resumed = await Session.resume(journal, { backends: [obliging()], logger: silentLogger });
    expect((await resumed.waitTasks(["next"])).map(({ state }) => state)).toEqual(["DONE"]);
  });
});
