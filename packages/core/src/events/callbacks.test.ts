import { describe, expect, it, vi } from "vitest";
import { exitCode1, obliging, openSession, program, turn } from "../__fixtures__/open-session.ts";
import type { LogFields, Logger } from "../logging/logger.ts";
import { ComputeTask } from "../task/compute-task.ts";
import type { TaskHandle } from "../task/task-handle.ts";

function listening(): { readonly logger: Logger; readonly errors: LogFields[] } {
  const errors: LogFields[] = [];
  return { errors, logger: { debug() {}, info() {}, warn() {}, error: (fields) => void errors.push(fields) } };
}

describe("a callback", () => {
  it("is called with each state that a task reaches, in order", async () => {
    const { session, backend } = openSession();
    const seen: string[] = [];
    session.registerCallback(({ uid }, state) => void seen.push(`${uid} ${state}`));
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    await turn();

    backend.run("a");
    backend.done("a");
    await future;

    expect(seen).toEqual(["a SCHEDULING_PENDING", "a EXECUTING_PENDING", "a EXECUTING", "a DONE"]);
  });

  it("finds the task in the state that it is told, or a later one, with its result", async () => {
    const { session } = openSession(obliging({ respond: () => ({ stdout: "7" }) }));
    const seen: unknown[] = [];
    const task = new ComputeTask({ uid: "a", executable: "work" });
    session.registerCallback((told, state) => {
      if (state === "DONE") seen.push(told === task, told.state, task.stdout);
    });

    await session.submitTasks([task]);
    await task;

    expect(seen).toEqual([true, "DONE", "7"]);
  });

  it("gets the future of a task that was given as a description", async () => {
    const { session } = openSession(obliging());
    const seen = new Set<TaskHandle>();
    session.registerCallback((task) => void seen.add(task));

    const [future] = await session.submitTasks([program("a")]);
    await future;

    expect([...seen].map((task) => task === future)).toEqual([true]);
  });

  it("hears of a dependency before it hears of what depends on it", async () => {
    const { session } = openSession({ respond: () => ({ failure: exitCode1 }) });
    const seen: string[] = [];
    session.registerCallback(({ uid }, state) => void (state === "FAILED" && seen.push(uid)));

    const futures = await session.submitTasks([
      program("c", { dependencies: ["b"] }),
      program("b", { dependencies: ["a"] }),
      program("a"),
    ]);
    await session.waitTasks(futures);

    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("is told what it causes after what it was told, not inside", async () => {
    const { session } = openSession(obliging());
    const seen: string[] = [];
    let depth = 0;
    session.registerCallback(({ uid }, state) => {
      depth += 1;
      expect(depth).toBe(1);
      seen.push(`${uid} ${state}`);
      if (uid === "a" && state === "SCHEDULING_PENDING") void session.submitTasks([program("b")]);
      depth -= 1;
    });

    const futures = await session.submitTasks([program("a"), program("c")]);
    await Promise.all(futures);
    await session.waitTasks(["b"]);

    expect(seen.slice(0, 3)).toEqual(["a SCHEDULING_PENDING", "c SCHEDULING_PENDING", "b SCHEDULING_PENDING"]);
  });

  it("does not hear of what happened before it was registered", async () => {
    const { session } = openSession(obliging());
    await Promise.all(await session.submitTasks([program("a")]));
    const callback = vi.fn();

    session.registerCallback(callback);
    await turn();

    expect(callback).not.toHaveBeenCalled();
  });

  it("is not called any more once it was taken away, also from inside itself", async () => {
    const { session } = openSession(obliging());
    const seen: string[] = [];
    const stop = session.registerCallback((_, state) => {
      seen.push(state);
      stop();
    });

    await Promise.all(await session.submitTasks([program("a")]));
    stop();

    expect(seen).toEqual(["SCHEDULING_PENDING"]);
  });

  it("registered twice is called twice, and each registration ends on its own", async () => {
    const { session } = openSession(obliging());
    const callback = vi.fn();
    const stop = session.registerCallback(callback);
    session.registerCallback(callback);
    stop();

    await Promise.all(await session.submitTasks([program("a")]));

    expect(callback).toHaveBeenCalledTimes(4);
  });

  it("that registers another one each time it is called does not go round for ever", async () => {
    const { session } = openSession(obliging());
    let calls = 0;
    const callback = (): void => {
      calls += 1;
      if (calls < 1000) session.registerCallback(callback);
    };
    session.registerCallback(callback);

    await session.submitTasks([program("a")]);

    expect(calls).toBeLessThan(20);
  });

  it.each([undefined, null, "log", {}])("must be a function, not %j", (callback) => {
    const { session } = openSession();

    expect(() => session.registerCallback(callback as never)).toThrow(TypeError);
  });
});

describe("a callback that throws disturbs nobody", () => {
  it("neither the tasks nor other callbacks, and is logged", async () => {
    const { logger, errors } = listening();
    const { session } = openSession(obliging(), { logger });
    const other = vi.fn();
    session.registerCallback(() => {
      throw new Error("mine");
    });
    session.registerCallback(other);

    const [future] = await session.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
    expect(other).toHaveBeenCalledTimes(4);
    expect(errors).toHaveLength(4);
    expect(errors[0]).toMatchObject({ task: "a", state: "SCHEDULING_PENDING", error: { message: "mine" } });
  });

  it("when it rejects later", async () => {
    const { logger, errors } = listening();
    const { session } = openSession(obliging(), { logger });
    session.registerCallback(async () => {
      await turn();
      throw new Error("mine");
    });

    const [future] = await session.submitTasks([program("a")]);
    await future;
    while (errors.length < 4) await turn();

    expect(errors[0]).toMatchObject({ task: "a", error: { message: "mine" } });
  });

  it("when what it throws is no error", async () => {
    const { session } = openSession(obliging());
    session.registerCallback(() => {
      throw Object.create(null) as Error;
    });

    const [future] = await session.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
  });

  it("even when the logger throws as well", async () => {
    const broken = (): never => {
      throw new Error("disk full");
    };
    const { session } = openSession(obliging(), {
      logger: { debug: broken, info: broken, warn: broken, error: broken },
    });
    const other = vi.fn();
    session.registerCallback(() => {
      throw new Error("mine");
    });
    session.registerCallback(other);

    const [future] = await session.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
    expect(other).toHaveBeenCalledTimes(4);
    await session.close();
  });
});
