import { afterEach, describe, expect, it, vi } from "vitest";
import {
  exitCode1,
  obliging,
  openSession,
  program,
  rejectionOf,
  sessionOf,
  turn,
} from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import type { BackendContext } from "../backend/backend.ts";
import { silentLogger } from "../logging/create-logger.ts";
import type { TaskState } from "../task/task-state.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("closing cancels", () => {
  it("tasks in every state, each of which settles once", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 3 } } });
    const endings = new Map<string, TaskState[]>();
    session.registerCallback(({ uid }, state) => {
      if (state === "DONE" || state === "FAILED" || state === "CANCELLED") {
        endings.set(uid, [...(endings.get(uid) ?? []), state]);
      }
    });
    const futures = await session.submitTasks([
      program("running"),
      program("handed-over"),
      program("pausing", { retry: { attempts: 2, delayMs: 1e6 } }),
      program("no-room"),
      program("no-room-either"),
      program("dependent", { dependencies: ["running"] }),
      program("dependent-all-the-same", { dependencies: ["running"], onDependencyFailure: "run" }),
      { uid: "computing", prompt: () => new Promise<string>(() => {}) },
    ]);
    await backend.submission("pausing");
    await turn();
    backend.run("running");
    backend.fail("pausing", exitCode1);

    await session.close();

    expect(futures.map(({ state }) => state)).toEqual(futures.map(() => "CANCELLED"));
    expect([...endings.values()].map(({ length }) => length)).toEqual(futures.map(() => 1));
    for (const future of futures) {
      expect(await rejectionOf(future)).toMatchObject({ code: "TASK_CANCELLED", reason: "the session was closed" });
    }
  });

  it("nothing that a backend still tells while it closes", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({
      close: async () => {
        backend.report("a", { state: "DONE", stdout: "at the last moment" });
        backend.report("b", { state: "FAILED", failure: exitCode1, stdout: "half" });
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [a, b] = await session.submitTasks([program("a"), program("b")]);
    while (backend.tasks.length === 0) await turn();
    await turn();

    await session.close();

    expect((await a).stdout).toBe("at the last moment");
    expect(await rejectionOf(b)).toMatchObject({ code: "TASK_CANCELLED", result: { stdout: "half" } });
  });

  it("a task whose last dependency ends well while the session closes", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({
      close: async () => backend.report("a", { state: "DONE" }),
    });
    const session = sessionOf({ backends: [backend] });
    const [, b] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    while (backend.tasks.length === 0) await turn();
    await turn();

    await session.close();

    expect(b.state).toBe("CANCELLED");
    expect(backend.tasks.map(({ uid }) => uid)).toEqual(["a"]);
  });
});

describe("draining", () => {
  it("finishes everything accepted first, retries and dependents included", async () => {
    const { session } = openSession({
      respond: ({ uid, attempt }) => (uid === "a" && attempt === 1 ? { failure: exitCode1 } : {}),
    });
    const futures = await session.submitTasks([
      program("a", { retry: { attempts: 2, delayMs: 5 } }),
      program("b", { dependencies: ["a"] }),
    ]);

    await session.close({ mode: "drain" });

    expect(futures.map(({ state }) => state)).toEqual(["DONE", "DONE"]);
  });

  it("accepts no more tasks meanwhile", async () => {
    const { session, backend } = openSession();
    await session.submitTasks([program("a")]);
    await backend.submission("a");
    await turn();

    const closed = session.close({ mode: "drain" });
    await expect(session.submitTasks([program("b")])).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    backend.done("a");

    await expect(closed).resolves.toBeUndefined();
  });

  it("ends at once when nothing was submitted", async () => {
    await expect(openSession().session.close({ mode: "drain" })).resolves.toBeUndefined();
  });

  it("becomes a cancel when the session is closed again without patience", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    const draining = session.close({ mode: "drain" });
    await session.close();
    await draining;

    expect(future.state).toBe("CANCELLED");
  });

  it("takes the grace of the close that turned it into a cancel", async () => {
    const graces: number[] = [];
    const backend = new ScriptedBackend({ close: async (graceMs) => void graces.push(graceMs) });
    const session = sessionOf({ backends: [backend] });
    await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();

    const draining = session.close({ mode: "drain", graceMs: 60_000 });
    await session.close({ graceMs: 0 });
    await draining;

    expect(graces).toEqual([0]);
  });

  it("stays one when a second drain is asked for", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    await turn();

    const closed = Promise.all([session.close({ mode: "drain" }), session.close({ mode: "drain" })]);
    backend.done("a");
    await closed;

    expect(future.state).toBe("DONE");
  });
});

describe("closing a session", () => {
  it("closes each backend once, with the grace asked for", async () => {
    const graces: number[] = [];
    const backends = ["one", "two"].map(
      (name) => new ScriptedBackend({ name, close: async (graceMs) => void graces.push(graceMs) }),
    );
    const session = sessionOf({ backends });
    await session.start();

    await session.close({ graceMs: 123 });

    expect(graces).toEqual([123, 123]);
  });

  it("gives 5 seconds of grace unless told otherwise", async () => {
    const graces: number[] = [];
    const session = sessionOf({
      backends: [new ScriptedBackend({ close: async (graceMs) => void graces.push(graceMs) })],
    });
    await session.start();

    await session.close();

    expect(graces).toEqual([5000]);
  });

  it("leaves backends alone that were never used", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });

    await session.close();

    expect(backend.log).toEqual([]);
  });

  it("is idempotent", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });
    await session.start();

    await Promise.all([session.close(), session.close(), session[Symbol.asyncDispose]()]);
    await session.close();

    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
  });

  it("is what leaving an `await using` block does", async () => {
    const backend = new ScriptedBackend();
    {
      await using session = sessionOf({ backends: [backend] });
      await session.start();
    }

    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
  });

  it("closes a backend that was still being opened", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ open: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.contexts.length === 0) await turn();

    const closed = session.close();
    gate.resolve();
    await closed;

    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
    expect(future.state).toBe("CANCELLED");
  });

  it("waits no longer than the grace for a backend that is being opened, and closes it when it comes", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ open: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.contexts.length === 0) await turn();

    const error = await rejectionOf(session.close({ graceMs: 1 }));
    expect(future.state).toBe("CANCELLED");
    gate.resolve();
    while (!backend.log.includes("closed 1")) await turn();

    expect((error as AggregateError).errors).toMatchObject([{ code: "BACKEND_UNAVAILABLE", backend: "scripted" }]);
    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
  });

  it("tells a backend that is being opened that nobody needs it any more, and takes no for an answer", async () => {
    const open = ({ signal }: BackendContext): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    const backend = new ScriptedBackend({ open });
    const log = vi.fn();
    const session = sessionOf({ backends: [backend], logger: { ...silentLogger, error: log } });
    const started = rejectionOf(session.start());
    while (backend.contexts.length === 0) await turn();

    await session.close({ graceMs: 600_000 });

    expect(await started).toMatchObject({ code: "BACKEND_CLOSED", backend: "scripted" });
    expect(session.statistics().backends["scripted"]?.status).toBe("closed");
    expect(log).not.toHaveBeenCalled();
  });

  it("does not begin to open a backend any more", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });
    const started = rejectionOf(session.start());
    await session.close();

    expect(await started).toMatchObject({ code: "BACKEND_CLOSED" });
    expect(backend.log).toEqual([]);
  });

  it("gives up no opening that came to be", async () => {
    const backend = new ScriptedBackend();
    const session = sessionOf({ backends: [backend] });
    await session.start();

    await session.close();

    expect(backend.context.signal.aborted).toBe(false);
  });

  it("copes with a backend that fails to open meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ open: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 9 } })]);
    while (backend.contexts.length === 0) await turn();

    const closed = session.close();
    gate.reject(new Error("no engine"));
    await closed;

    expect(future.state).toBe("CANCELLED");
    expect(backend.contexts).toHaveLength(1);
  });

  it("closes all backends and settles all tasks when one of them throws", async () => {
    const failing = new ScriptedBackend({ name: "failing", close: () => Promise.reject(new Error("stuck")) });
    const throwing = new ScriptedBackend({
      name: "throwing",
      close: () => {
        throw new Error("really stuck");
      },
    });
    const fine = new ScriptedBackend({ name: "fine" });
    const session = sessionOf({ backends: [failing, fine, throwing] });
    await session.start();
    const futures = await session.submitTasks(
      ["failing", "fine", "throwing"].map((name) => program(`on-${name}`, { backend: name })),
    );

    const error = await rejectionOf(session.close());

    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toMatchObject([{ message: "stuck" }, { message: "really stuck" }]);
    expect(fine.log).toContain("closed 1");
    expect(futures.map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
  });

  it("gives a backend back whose close threw", async () => {
    const backend = new ScriptedBackend({ close: () => Promise.reject(new Error("stuck")) });
    const first = sessionOf({ backends: [backend] });
    await first.start();
    await rejectionOf(first.close());

    expect(() => sessionOf({ backends: [backend] })).not.toThrow();
  });

  it("can be done from a callback", async () => {
    const { session } = openSession(obliging());
    let closed: Promise<void> | undefined;
    session.registerCallback(() => {
      closed ??= session.close();
    });

    const [future] = await session.submitTasks([program("a")]);
    await future.settled();

    await expect(closed).resolves.toBeUndefined();
  });

  it("can be done by an abort signal", async () => {
    const controller = new AbortController();
    const { session, backend } = openSession({}, { signal: controller.signal });
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    controller.abort();
    await future.settled();
    await session.close();

    expect(future.state).toBe("CANCELLED");
    expect(backend.isOpen).toBe(false);
  });

  it("is done at once by a signal that was aborted before", async () => {
    const { session } = openSession({}, { signal: AbortSignal.abort() });
    await turn();

    await expect(session.submitTasks([program("a")])).rejects.toMatchObject({ code: "SESSION_CLOSED" });
  });

  it("leaves no listener on the abort signal and on the process", async () => {
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const listeners = (): number[] => ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal));
    const before = listeners();
    const session = sessionOf({
      backends: [],
      signal: controller.signal,
      handleInterrupt: true,
      handleSignals: { signals: ["SIGTERM", "SIGHUP"] },
    });
    expect(listeners()).toEqual(before.map((count) => count + 1));

    await session.close();

    expect(removed).toHaveBeenCalledWith("abort", expect.any(Function));
    expect(listeners()).toEqual(before);
  });

  it.each([true, false])(
    "listens to Ctrl-C once when that is among the signals, handled as interrupt: %s",
    async (handleInterrupt) => {
      const before = process.listenerCount("SIGINT");
      const session = sessionOf({ backends: [], handleInterrupt, handleSignals: { signals: ["SIGINT"] } });
      expect(process.listenerCount("SIGINT")).toBe(before + 1);

      await session.close();

      expect(process.listenerCount("SIGINT")).toBe(before);
    },
  );

  it.each([{ mode: "abandon" }, { deadlineMs: -1 }, { deadlineMs: Number.NaN }, { graceMs: -1 }, { graceMs: "5" }])(
    "refuses %o, and goes on",
    async (options) => {
      const { session } = openSession(obliging());

      expect(await rejectionOf(session.close(options as never))).toBeInstanceOf(RangeError);

      const [future] = await session.submitTasks([program("a")]);
      expect((await future).state).toBe("DONE");
    },
  );

  it("waits for a drain under way when its `await using` block is left", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    await turn();

    void session.close({ mode: "drain" });
    const left = session[Symbol.asyncDispose]();
    backend.done("a");
    await left;

    expect(future.state).toBe("DONE");
  });

  it("leaves a cancel of the user's one, whose work is not gone yet", async () => {
    const backend = new ScriptedBackend({ cancel: () => new Promise(() => {}) });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();
    await turn();

    const cancelled = session.cancel([future], "not needed any more");
    await session.close();
    await cancelled;

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_CANCELLED", reason: "not needed any more" });
  });
});

describe("a closed session", () => {
  it.each([
    ["submitTasks", (session: ReturnType<typeof sessionOf>) => session.submitTasks([program("b")])],
    ["start", (session: ReturnType<typeof sessionOf>) => session.start()],
    ["addBackend", async (session: ReturnType<typeof sessionOf>) => session.addBackend(new ScriptedBackend())],
  ])("refuses %s, by its name", async (what, use) => {
    const { session } = openSession();
    await session.close();

    expect(await rejectionOf(use(session))).toMatchObject({
      code: "SESSION_CLOSED",
      message: expect.stringContaining(what) as string,
    });
  });

  it("still answers for its tasks", async () => {
    const { session } = openSession(obliging());
    const [future] = await session.submitTasks([program("a")]);
    await future;
    await session.close();

    expect((await session.waitTasks(["a"]))[0]?.state).toBe("DONE");
    expect(session.statistics().states.DONE).toBe(1);
    await expect(session.cancel("a")).resolves.toBeUndefined();
  });

  it("counts nothing as waiting or in flight", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    await session.submitTasks([program("a"), program("b")]);
    await backend.submission("a");

    await session.close();

    expect(session.statistics().backends).toEqual({ recording: { status: "closed", waiting: 0, inFlight: 0 } });
  });
});

it("refuses a batch that waited for the default backend when it closes meanwhile", async () => {
  const session = sessionOf({});

  const submitting = session.submitTasks([program("a")]);
  const closed = session.close();

  expect(await rejectionOf(submitting)).toMatchObject({ code: expect.stringMatching(/^SESSION_/) as string });
  await closed;
});

it("goes on without a backend that never finishes closing, and says so", async () => {
  const backend = new ScriptedBackend({ close: () => new Promise(() => {}) });
  const session = sessionOf({ backends: [backend] });
  const [future] = await session.submitTasks([program("stuck")]);
  while (backend.tasks.length === 0) await turn();
  vi.useFakeTimers();

  const closed = rejectionOf(session.close({ graceMs: 1000 }));
  await vi.advanceTimersByTimeAsync(61_000);

  expect(await closed).toMatchObject({ errors: [{ code: "BACKEND_UNAVAILABLE", backend: "scripted" }] });
  expect(future.state).toBe("CANCELLED");
});
