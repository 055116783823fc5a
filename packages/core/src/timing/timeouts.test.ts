import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const timeLimit = 1000;
/** No deadline of the limit may come later. */
const lateBy = timeLimit / 64;

describe("a task that runs for longer than its timeoutMs", () => {
  it("is stopped and FAILED with TASK_TIMEOUT", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit })]);
    await backend.submission("a");
    backend.run("a");

    await vi.advanceTimersByTimeAsync(timeLimit - 1);
    expect(future.state).toBe("EXECUTING");
    await vi.advanceTimersByTimeAsync(1 + lateBy);

    await expect(future).rejects.toMatchObject({
      code: "TASK_TIMEOUT",
      message: "[a on recording] ran for longer than its timeoutMs of 1000 ms",
    });
    expect(backend.cancellations).toMatchObject([{ uid: "a", attempt: 1, epoch: 1 }]);
  });

  it("is not timed while it waits", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    const [, second] = await session.submitTasks([program("a"), program("b", { timeoutMs: timeLimit })]);
    await backend.submission("a");
    await vi.advanceTimersByTimeAsync(10 * timeLimit);

    backend.done("a");
    await backend.submission("b");
    await vi.advanceTimersByTimeAsync(10 * timeLimit);
    expect(second.state).toBe("EXECUTING_PENDING");
    backend.run("b");
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    expect(second.state).toBe("FAILED");
  });

  it("is tried again by its policy, with the whole time each attempt", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit, retry: { attempts: 2 } })]);
    await backend.submission("a");
    backend.run("a");
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy + 8);
    await backend.submission("a", 2);
    backend.run("a");
    await vi.advanceTimersByTimeAsync(timeLimit - lateBy);
    backend.done("a");

    expect(await future).toMatchObject({ state: "DONE", attempts: 2 });
  });

  it("says so when the work could not be stopped", async () => {
    const { session, backend } = openSession({ cancelOutcome: "detached" });
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit })]);
    await backend.submission("a");
    backend.run("a");
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    await expect(future).rejects.toMatchObject({
      code: "TASK_TIMEOUT",
      message: expect.stringContaining("may go on unobserved") as string,
    });
  });

  it("is DONE all the same when it ends well while it is being stopped", async () => {
    const stop = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await stop.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit })]);
    while (backend.batches.length === 0) await vi.advanceTimersByTimeAsync(0);
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    backend.report("a", { state: "DONE", stdout: "just in time" });
    stop.resolve();

    expect(await future).toMatchObject({ state: "DONE", stdout: "just in time" });
  });

  it("that the backend reports FAILED while it is being stopped has timed out", async () => {
    const stop = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await stop.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit })]);
    while (backend.batches.length === 0) await vi.advanceTimersByTimeAsync(0);
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    backend.report("a", { state: "FAILED", failure: { code: "TASK_SIGNALED", message: "killed by SIGTERM" } });
    stop.resolve();

    await expect(future).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
  });

  it("does not stop the next attempt when the stop of the first one takes long", async () => {
    const stops: PromiseWithResolvers<void>[] = [];
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        const stop = Promise.withResolvers<void>();
        stops.push(stop);
        await stop.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a", { timeoutMs: timeLimit, retry: { attempts: 2 } })]);
    while (backend.batches.length === 0) await vi.advanceTimersByTimeAsync(0);
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);
    backend.report("a", { state: "CANCELED" });
    await vi.advanceTimersByTimeAsync(8);
    expect(backend.batches).toHaveLength(2);

    stops[0]!.resolve();
    await vi.advanceTimersByTimeAsync(1);
    backend.report("a", { state: "DONE" });

    expect(await future).toMatchObject({ state: "DONE", attempts: 2 });
  });
});

describe("a task that does not begin within its queueTimeoutMs", () => {
  const queued = { queueTimeoutMs: timeLimit };

  it("fails while it waits for another task, and is never handed over", async () => {
    const { session, backend } = openSession();
    const [first, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"], ...queued })]);
    await backend.submission("a");

    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);
    await expect(second).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    backend.done("a");
    await first;
    await vi.runAllTimersAsync();

    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["a"]);
  });

  it("fails while it waits for room", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    const [, second] = await session.submitTasks([program("a"), program("b", queued)]);
    await backend.submission("a");

    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    await expect(second).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    expect(session.statistics().backends).toMatchObject({ recording: { waiting: 0, inFlight: 1 } });
  });

  it("fails while the backend has it but has not begun, and is cancelled there", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a", queued)]);
    await backend.submission("a");

    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    await expect(future).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    expect(backend.cancellations).toMatchObject([{ uid: "a" }]);
  });

  it("fails while the backend is being opened", async () => {
    const gate = Promise.withResolvers<void>();
    const session = sessionOf({ backends: [new ScriptedBackend({ open: () => gate.promise })] });
    const [future] = await session.submitTasks([program("a", queued)]);

    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);

    await expect(future).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    gate.resolve();
  });

  it("fails for good, whatever its retry policy", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 0 } } });
    const [future] = await session.submitTasks([program("a", { ...queued, retry: { attempts: 5 } })]);

    await vi.advanceTimersByTimeAsync(timeLimit + lateBy);
    await vi.runAllTimersAsync();

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    expect(backend.submissions).toEqual([]);
  });

  it("is not timed once it has begun", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a", queued)]);
    await backend.submission("a");
    backend.run("a");

    await vi.advanceTimersByTimeAsync(10 * timeLimit);
    backend.done("a");

    expect((await future).state).toBe("DONE");
  });

  it("is not timed again in later attempts", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a", { ...queued, retry: { attempts: 2, delayMs: 5000 } })]);
    await backend.submission("a");
    backend.run("a");
    backend.fail("a", exitCode1);

    await vi.advanceTimersByTimeAsync(6000);
    backend.done("a");

    expect((await future).state).toBe("DONE");
  });
});

describe("no timer is left", () => {
  it("once tasks with time limits have settled", async () => {
    const { session } = openSession(obliging());

    await Promise.all(
      await session.submitTasks([
        program("a", { timeoutMs: 1e6, queueTimeoutMs: 1e6 }),
        program("b", { timeoutMs: 5 }),
      ]),
    );
    await session.close();
    await vi.advanceTimersByTimeAsync(0);

    expect(vi.getTimerCount()).toBe(0);
  });

  it("once a session with running, waiting and pausing tasks has closed", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 2 } } });
    await session.submitTasks([
      program("pausing", { retry: { attempts: 2, delayMs: 1e6 } }),
      program("running", { timeoutMs: 1e6 }),
      program("waiting", { queueTimeoutMs: 1e6 }),
    ]);
    await backend.submission("running");
    backend.run("running");
    backend.fail("pausing", exitCode1);

    await session.close();
    await vi.advanceTimersByTimeAsync(0);

    expect(vi.getTimerCount()).toBe(0);
  });
});
