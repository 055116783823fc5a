import { afterEach, describe, expect, it, vi } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { TaskRecord } from "../graph/task-record.ts";
import { ComputeTask } from "../task/compute-task.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("waiting for tasks", () => {
  it("gives their results in order, failures included", async () => {
    const { session } = openSession({ respond: ({ uid }) => (uid === "b" ? { failure: exitCode1 } : {}) });
    const object = new ComputeTask({ uid: "c", executable: "work" });
    const [a] = await session.submitTasks([program("a"), program("b"), object]);

    const results = await session.waitTasks([object, "b", a, "b"]);

    expect(results.map(({ uid, state }) => `${uid} ${state}`)).toEqual(["c DONE", "b FAILED", "a DONE", "b FAILED"]);
  });

  it("gives nothing for nothing", async () => {
    expect(await openSession().session.waitTasks([])).toEqual([]);
  });

  it("refuses tasks that it does not know", async () => {
    const { session } = openSession(obliging());
    const [foreign] = await openSession(obliging()).session.submitTasks([program("foreign")]);
    await session.submitTasks([program("a")]);

    for (const unknown of ["nobody", foreign, new ComputeTask({ executable: "work" })]) {
      expect(await rejectionOf(session.waitTasks(["a", unknown]))).toMatchObject({ code: "TASK_UNKNOWN" });
    }
  });

  it("goes on through retries", async () => {
    const { session } = openSession({ respond: ({ attempt }) => (attempt < 3 ? { failure: exitCode1 } : {}) });
    await session.submitTasks([program("a", { retry: { attempts: 3 } })]);

    expect(await session.waitTasks(["a"])).toMatchObject([{ state: "DONE", attempts: 3 }]);
  });
});

describe("a wait that is too short", () => {
  it("rejects, saying how far the tasks are", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 2 } } });
    const uids = Array.from({ length: 9 }, (_, i) => `t${i}`);
    await session.submitTasks(uids.map((uid) => program(uid)));
    await backend.submission("t1");
    await turn();
    backend.done("t0");
    backend.run("t1");

    expect(await rejectionOf(session.waitTasks(uids, { timeoutMs: 1 }))).toMatchObject({
      code: "WAIT_TIMEOUT",
      message: expect.stringMatching(/1 of 9 tasks settled within 1 ms.*t1 is EXECUTING.*and 3 more/) as string,
    });
  });

  it("leaves the tasks alone, and a second wait works", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await rejectionOf(session.waitTasks(["a"], { timeoutMs: 1 }));
    await backend.submission("a");

    const second = session.waitTasks(["a"], { timeoutMs: 60_000 });
    backend.done("a", { stdout: "fine" });

    expect(await second).toMatchObject([{ state: "DONE", stdout: "fine" }]);
    expect((await future).stdout).toBe("fine");
    expect(backend.cancellations).toEqual([]);
  });

  it("does not happen for tasks that have settled, whatever the limit", async () => {
    const { session } = openSession(obliging());
    const [future] = await session.submitTasks([program("a")]);
    await future;

    expect(await session.waitTasks(["a"], { timeoutMs: 0 })).toHaveLength(1);
  });

  it.each([Infinity, 3_000_000_000, 2_147_483_648])("does not happen with a limit of %d ms", async (timeoutMs) => {
    const { session, backend } = openSession();
    await session.submitTasks([program("a")]);
    await backend.submission("a");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

    const waiting = session.waitTasks(["a"], { timeoutMs });
    // A delay that the platform's timer cannot hold fires after 1 ms.
    vi.advanceTimersByTime(1000);
    backend.done("a");

    expect(await waiting).toHaveLength(1);
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { session } = openSession(obliging());
    await session.submitTasks([program("a")]);

    await session.waitTasks(["a"], { timeoutMs: 60_000 });

    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves nothing behind in the tasks, however often it is repeated", async () => {
    const { session, backend } = openSession();
    await session.submitTasks([program("a")]);
    await backend.submission("a");
    const added = vi.spyOn(TaskRecord.prototype, "onSettled");
    const taken = vi.spyOn(TaskRecord.prototype, "offSettled");

    const waits = Array.from({ length: 100 }, () => rejectionOf(session.waitTasks(["a", "a"], { timeoutMs: 1 })));
    await Promise.all(waits);

    expect(taken.mock.calls).toEqual(added.mock.calls);
    expect(taken).toHaveBeenCalledTimes(200);
  });
});

describe("a wait with an abort signal", () => {
  it("rejects with the signal's reason, and leaves the tasks alone", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    const controller = new AbortController();
    const reason = new Error("lunch");

    const waiting = rejectionOf(session.waitTasks(["a"], { signal: controller.signal }));
    controller.abort(reason);

    expect(await waiting).toBe(reason);
    await backend.submission("a");
    backend.done("a");
    expect((await future).state).toBe("DONE");
  });

  it("rejects at once when it was aborted before", async () => {
    const { session } = openSession();
    await session.submitTasks([program("a")]);

    await expect(session.waitTasks(["a"], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("takes its listener away", async () => {
    const { session } = openSession(obliging());
    await session.submitTasks([program("a")]);
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");

    await session.waitTasks(["a"], { signal });

    expect(removed).toHaveBeenCalledOnce();
  });
});
