import { describe, expect, it } from "vitest";
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
import type { TaskCancelledError } from "../errors/task-errors.ts";
import { ComputeTask } from "../task/compute-task.ts";

const cancelled = { code: "TASK_CANCELLED", reason: "cancelled by the user", detached: false };

describe("cancelling stops a task", () => {
  it("that waits for another task, and never hands it over", async () => {
    const { session, backend } = openSession();
    const [first, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    await backend.submission("a");

    await second.cancel();
    backend.done("a");
    await first;
    await turn();

    await expect(second).rejects.toMatchObject(cancelled);
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["a"]);
    expect(backend.cancellations).toEqual([]);
  });

  it("that waits for room, and gives its place to the next one", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    const [, second] = await session.submitTasks([program("a"), program("b"), program("c")]);
    await backend.submission("a");

    await second.cancel();
    backend.done("a");
    await backend.submission("c");

    await expect(second).rejects.toMatchObject(cancelled);
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["a", "c"]);
  });

  it("that waits for its backend to open", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ open: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    const [future, other] = await session.submitTasks([program("a"), program("b")]);

    await future.cancel();
    gate.resolve();
    await session.start();
    await turn();

    expect(future.state).toBe("CANCELLED");
    expect(backend.tasks.map(({ uid }) => uid)).toEqual(["b"]);
    expect(other.state).toBe("EXECUTING_PENDING");
  });

  it("that its backend has but has not begun", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    await future.cancel("changed my mind");

    expect(await rejectionOf(future)).toMatchObject({
      ...cancelled,
      name: "TaskCancelledError",
      uid: "a",
      reason: "changed my mind",
      message: "[a] cancelled: changed my mind",
      result: { state: "CANCELLED", attempts: 1, backend: "recording" },
    });
    expect(backend.cancellations).toEqual([{ uid: "a", attempt: 1, epoch: 1, reason: "changed my mind" }]);
  });

  it("that runs", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    await turn();
    backend.run("a");

    await future.cancel();

    await expect(future).rejects.toMatchObject(cancelled);
  });

  it("that is being handed over, once the backend has it", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ submit: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    await session.start();
    const [future] = await session.submitTasks([program("a")]);
    await turn();

    const cancelling = future.cancel();
    await turn();
    expect(backend.log).toEqual(["open 1", "submit a"]);
    gate.resolve();
    await cancelling;

    expect(backend.log).toEqual(["open 1", "submit a", "cancel a"]);
    expect(future.state).toBe("CANCELLED");
  });

  it("whose batch is refused meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ submit: () => gate.promise });
    const session = sessionOf({ backends: [backend] });
    await session.start();
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 5 } })]);
    await turn();

    const cancelling = future.cancel();
    gate.reject(new Error("full"));
    await cancelling;

    await expect(future).rejects.toMatchObject(cancelled);
    expect(backend.log).not.toContain("cancel a");
  });

  it("from a callback that hears of its being handed over", async () => {
    const { session, backend } = openSession();
    let cancelling: Promise<void> | undefined;
    session.registerCallback((task, state) => {
      if (state === "EXECUTING_PENDING") cancelling = task.cancel();
    });

    const [future] = await session.submitTasks([program("a")]);
    await future.settled();
    await cancelling;

    expect(future.state).toBe("CANCELLED");
    expect(backend.running).toEqual([]);
  });
});

describe("resolves once the work is gone", () => {
  it("and not before", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await gate.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();
    let resolved = false;

    const cancelling = future.cancel().then(() => (resolved = true));
    await turn();
    expect([resolved, future.state]).toEqual([false, "EXECUTING_PENDING"]);
    gate.resolve();
    await cancelling;

    expect(future.state).toBe("CANCELLED");
  });

  it("also for whoever cancels the task a second time", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await gate.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();
    let resolved = false;

    const first = future.cancel("first");
    const second = future.cancel("second").then(() => (resolved = true));
    await turn();
    expect(resolved).toBe(false);
    gate.resolve();
    await Promise.all([first, second]);

    expect(backend.log.filter((entry) => entry === "cancel a")).toHaveLength(1);
    await expect(future).rejects.toMatchObject({ reason: "first" });
  });

  it("also when the backend says that the task is CANCELED before all of it is gone", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await gate.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();
    await turn();
    const resolved: string[] = [];

    const first = future.cancel().then(() => resolved.push("first"));
    const second = future.cancel().then(() => resolved.push("second"));
    backend.report("a", { state: "CANCELED" });
    await future.settled();
    await turn();
    expect(resolved).toEqual([]);
    gate.resolve();
    await Promise.all([first, second]);

    expect(resolved).toEqual(["first", "second"]);
  });

  it("when the backend never answers but the session closes", async () => {
    const backend = new ScriptedBackend({ submit: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();

    const cancelling = future.cancel("first");
    await session.close();
    await cancelling;

    expect(future.state).toBe("CANCELLED");
  });
});

describe("a task that cannot be stopped is CANCELLED all the same, and said to be detached", () => {
  async function detachedOn(backend: ScriptedBackend): Promise<unknown> {
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a")]);
    while (backend.tasks.length === 0) await turn();
    await future.cancel();
    return await rejectionOf(future);
  }
  const detached = {
    code: "TASK_CANCELLED",
    detached: true,
    message: expect.stringContaining("may go on unobserved") as string,
  };

  it("when the backend says so", async () => {
    expect(await detachedOn(new ScriptedBackend({ cancel: async () => ["detached"] }))).toMatchObject(detached);
  });

  it("when the backend cannot cancel at all", async () => {
    expect(await detachedOn(new ScriptedBackend({ cancel: null }))).toMatchObject(detached);
  });

  it("when cancelling fails", async () => {
    const cancel = () => Promise.reject(new Error("engine says no"));

    expect(await detachedOn(new ScriptedBackend({ cancel }))).toMatchObject(detached);
  });

  it("when cancelling throws at once", async () => {
    const cancel = (): never => {
      throw new Error("engine says no");
    };

    expect(await detachedOn(new ScriptedBackend({ cancel }))).toMatchObject(detached);
  });

  it("when the backend gives too few answers", async () => {
    expect(await detachedOn(new ScriptedBackend({ cancel: async () => [] }))).toMatchObject(detached);
  });
});

it("gives the room of a cancelled task to others", async () => {
  const { session, backend } = openSession({
    capabilities: { capacity: { cores: 1 } },
    cancelOutcome: "detached",
  });
  const [first] = await session.submitTasks([
    program("a", { resources: { cores: 1 } }),
    program("b", { resources: { cores: 1 } }),
  ]);
  await backend.submission("a");

  await first.cancel();

  expect((await backend.submission("b")).uid).toBe("b");
});

describe("a race with the end of the task", () => {
  async function racing(end: (backend: ScriptedBackend) => void) {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({
      cancel: async (tasks) => {
        await gate.promise;
        return tasks.map(() => "cancelled");
      },
    });
    const session = sessionOf({ backends: [backend] });
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 3 } })]);
    while (backend.tasks.length === 0) await turn();
    await turn();
    const cancelling = future.cancel();
    end(backend);
    gate.resolve();
    await cancelling;
    return { future, backend };
  }

  it("is won by DONE", async () => {
    const { future } = await racing((backend) => backend.report("a", { state: "DONE", stdout: "made it" }));

    expect((await future).stdout).toBe("made it");
  });

  it("makes a FAILED task CANCELLED, with what it left behind", async () => {
    const { future, backend } = await racing((one) =>
      one.report("a", { state: "FAILED", failure: exitCode1, stdout: "half", signal: "SIGTERM" }),
    );

    expect(await rejectionOf(future)).toMatchObject({ ...cancelled, result: { stdout: "half", signal: "SIGTERM" } });
    expect(backend.batches).toHaveLength(1);
  });

  it("makes a task that the backend calls CANCELED so, with what it left behind", async () => {
    const { future } = await racing((backend) => backend.report("a", { state: "CANCELED", stdout: "half" }));

    expect(await rejectionOf(future)).toMatchObject({ ...cancelled, result: { stdout: "half" } });
  });
});

describe("cancel of a session", () => {
  it("takes a uid, a task, a future, or a list of them", async () => {
    const { session } = openSession();
    const object = new ComputeTask({ uid: "b", executable: "work" });
    const [a, b, c, d] = await session.submitTasks([program("a"), object, program("c"), program("d")]);

    await session.cancel("a");
    await session.cancel(object);
    await session.cancel([c, "d"], "both");

    expect([a, b, c, d].map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED", "CANCELLED"]);
    expect(((await rejectionOf(d)) as TaskCancelledError).reason).toBe("both");
  });

  it("hands the backend all tasks of a call at once", async () => {
    const { session, backend } = openSession();
    const futures = await session.submitTasks(["a", "b", "c"].map((uid) => program(uid)));
    await backend.submission("c");

    await session.cancel(futures);

    expect(backend.cancellations.map(({ uid }) => uid)).toEqual(["a", "b", "c"]);
  });

  it("takes the same task twice in a list", async () => {
    const { session } = openSession();
    const [future] = await session.submitTasks([program("a")]);

    await session.cancel([future, "a", future]);

    expect(session.statistics().states.CANCELLED).toBe(1);
  });

  it("leaves settled tasks as they are", async () => {
    const { session, backend } = openSession(obliging());
    const [future] = await session.submitTasks([program("a")]);
    await future;

    await session.cancel("a");
    await future.cancel();

    expect(future.state).toBe("DONE");
    expect(backend.cancellations).toEqual([]);
  });

  it("refuses a task that it does not know, and cancels nothing then", async () => {
    const { session } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    const stray = new ComputeTask({ executable: "work" });
    const [foreign] = await openSession().session.submitTasks([program("foreign")]);

    for (const unknown of ["nobody", stray, foreign, "__proto__"]) {
      expect(await rejectionOf(session.cancel([future, unknown]))).toMatchObject({ code: "TASK_UNKNOWN" });
    }

    expect(future.state).toBe("SCHEDULING_PENDING");
  });

  it("accepts an empty list", async () => {
    await expect(openSession().session.cancel([])).resolves.toBeUndefined();
  });

  it("cancels 10,000 running tasks without a timer or a promise left", async () => {
    const { session, backend } = openSession();
    const futures = await session.submitTasks(Array.from({ length: 10_000 }, (_, i) => program(`t${i}`)));
    await backend.submission("t9999");

    await session.cancel(futures);

    expect(session.statistics()).toMatchObject({
      states: { CANCELLED: 10_000 },
      backends: { recording: { waiting: 0, inFlight: 0 } },
    });
  });
});
