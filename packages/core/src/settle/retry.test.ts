import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exitCode1, openSession, program } from "../__fixtures__/open-session.ts";
import type { ExecutableTaskOptions } from "../task/task-options.ts";
import type { TaskState } from "../task/task-state.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function submitted(fields: Partial<ExecutableTaskOptions>) {
  const { session, backend } = openSession();
  const states: TaskState[] = [];
  session.registerCallback((_, state) => void states.push(state));
  const [future] = await session.submitTasks([program("a", fields)]);
  await backend.submission("a");
  return { session, backend, future, states };
}

/** As much lateness as a deadline is allowed to have. */
const late = (delayMs: number): number => delayMs + Math.max(4, delayMs / 64);

describe("a failed task with attempts left", () => {
  it("is handed over again, as the next attempt", async () => {
    const { backend, future } = await submitted({ retry: { attempts: 2 } });

    backend.fail("a", exitCode1);
    await vi.advanceTimersByTimeAsync(late(0));
    await backend.submission("a", 2);
    backend.done("a", { stdout: "second try" });

    expect(await future).toMatchObject({ state: "DONE", stdout: "second try", attempts: 2 });
  });

  it("goes back to SCHEDULING_PENDING in between", async () => {
    const { backend, future, states } = await submitted({ retry: { attempts: 2 } });

    backend.run("a");
    backend.fail("a", exitCode1);
    await vi.advanceTimersByTimeAsync(late(0));
    backend.done("a");
    await future;

    expect(states.join(" ")).toBe(
      "SCHEDULING_PENDING EXECUTING_PENDING EXECUTING SCHEDULING_PENDING EXECUTING_PENDING EXECUTING DONE",
    );
  });

  it("waits out the pause, which doubles", async () => {
    const { backend } = await submitted({ retry: { attempts: 4, delayMs: 1000 } });

    for (const [attempt, pause] of [1000, 2000, 4000].entries()) {
      backend.fail("a", exitCode1);
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(backend.submissions).toHaveLength(attempt + 1);
      await vi.advanceTimersByTimeAsync(late(pause) - pause + 1);
      expect(backend.submissions).toHaveLength(attempt + 2);
    }
  });

  it("leaves its room to others during the pause", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    await session.submitTasks([program("a", { retry: { attempts: 2, delayMs: 60_000 } }), program("b")]);
    await backend.submission("a");

    backend.fail("a", exitCode1);

    expect((await backend.submission("b")).uid).toBe("b");
  });

  it("still holds its dependents up", async () => {
    const { session, backend } = openSession();
    const [, second] = await session.submitTasks([
      program("first", { retry: { attempts: 2 } }),
      program("second", { dependencies: ["first"] }),
    ]);
    await backend.submission("first");
    backend.fail("first", exitCode1);
    await vi.advanceTimersByTimeAsync(late(0));
    expect(second.state).toBe("SCHEDULING_PENDING");

    backend.done("first");
    await backend.submission("second");
    backend.done("second");

    expect((await second).state).toBe("DONE");
  });

  it("gets the same work each time, computed once", async () => {
    let computed = 0;
    const { session, backend } = openSession();
    await session.submitTasks([
      program("a", {
        arguments: () => [`call ${(computed += 1)}`],
        retry: { attempts: 3 },
      }),
    ]);
    await backend.submission("a");
    backend.fail("a", exitCode1);
    await vi.advanceTimersByTimeAsync(late(0));

    expect(backend.submissions.map(({ work }) => work)).toMatchObject([
      { arguments: ["call 1"] },
      { arguments: ["call 1"] },
    ]);
  });

  it("counts as one retry in the statistics", async () => {
    const { session, backend } = await submitted({ retry: { attempts: 3 } });

    backend.fail("a", exitCode1);

    expect(session.statistics()).toMatchObject({
      submitted: 1,
      retries: 1,
      states: { SCHEDULING_PENDING: 1, FAILED: 0 },
    });
  });

  it("can be cancelled during the pause, and is not handed over again", async () => {
    const { backend, future } = await submitted({ retry: { attempts: 2, delayMs: 1000 } });
    backend.fail("a", exitCode1);

    await future.cancel("enough");
    await vi.runAllTimersAsync();

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED", reason: "enough" });
    expect(backend.submissions).toHaveLength(1);
  });
});

describe("a task fails for good", () => {
  it("when its attempts are used up, with the last failure", async () => {
    const { backend, future } = await submitted({ retry: { attempts: 2 } });
    backend.fail("a", exitCode1);
    await vi.advanceTimersByTimeAsync(late(0));
    backend.fail("a", { code: "TASK_SIGNALED", message: "killed by SIGSEGV" });

    await expect(future).rejects.toMatchObject({
      code: "TASK_SIGNALED",
      attempt: 2,
      message: expect.stringContaining("(attempt 2)") as string,
      result: { attempts: 2 },
    });
  });

  it("at the first failure without a policy", async () => {
    const { backend, future } = await submitted({});
    backend.fail("a", exitCode1);

    await expect(future).rejects.toMatchObject({ code: "TASK_EXIT_CODE", attempt: 1 });
  });

  it("when retryIf says so, which sees the error of each attempt", async () => {
    const seen: unknown[] = [];
    const retryIf = vi.fn((error: { readonly attempt: number; readonly exitCode: number | undefined }) => {
      seen.push([error.attempt, error.exitCode]);
      return error.exitCode !== 3;
    });
    const { backend, future } = await submitted({ retry: { attempts: 9, retryIf } });

    backend.fail("a", exitCode1, { exitCode: 1 });
    await vi.advanceTimersByTimeAsync(late(0));
    backend.fail("a", exitCode1, { exitCode: 3 });

    await expect(future).rejects.toMatchObject({ exitCode: 3 });
    expect(seen).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  it("when retryIf throws", async () => {
    const retryIf = (): boolean => {
      throw new Error("no idea");
    };
    const { backend, future } = await submitted({ retry: { attempts: 9, retryIf } });

    backend.fail("a", exitCode1);

    await expect(future).rejects.toMatchObject({ code: "TASK_EXIT_CODE" });
  });

  it("without asking retryIf when no attempt is left", async () => {
    const retryIf = vi.fn(() => true);
    const { backend, future } = await submitted({ retry: { attempts: 1, retryIf } });

    backend.fail("a", exitCode1);

    await expect(future).rejects.toMatchObject({ code: "TASK_EXIT_CODE" });
    expect(retryIf).not.toHaveBeenCalled();
  });
});

describe("is never tried again", () => {
  const retry = { attempts: 9 };

  it("a task that was cancelled", async () => {
    const { backend, future } = await submitted({ retry });

    await future.cancel();
    await vi.runAllTimersAsync();

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect(backend.submissions).toHaveLength(1);
  });

  it("a task whose dependency failed", async () => {
    const { session, backend } = openSession();
    const [, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"], retry })]);
    await backend.submission("a");
    backend.fail("a", exitCode1);
    await vi.runAllTimersAsync();

    await expect(second).rejects.toMatchObject({ code: "DEPENDENCY_FAILED" });
    expect(backend.submissions).toHaveLength(1);
  });

  it("a task whose arguments could not be computed", async () => {
    const { session } = openSession();
    const compute = vi.fn(() => {
      throw new Error("no data");
    });
    const [future] = await session.submitTasks([program("a", { arguments: compute, retry })]);
    await vi.runAllTimersAsync();

    await expect(future).rejects.toMatchObject({ code: "TASK_ARGUMENTS_INVALID" });
    expect(compute).toHaveBeenCalledTimes(1);
  });
});

it("tries again thousands of times without getting stuck", async () => {
  const { session } = openSession({ respond: ({ attempt }) => (attempt < 1500 ? { failure: exitCode1 } : {}) });
  await session.start();
  const [future] = await session.submitTasks([program("a", { retry: { attempts: 2000 } })]);

  const settled = future.settled();
  await vi.advanceTimersByTimeAsync(1500 * late(0));
  await session.close();

  expect(await settled).toMatchObject({ state: "DONE", attempts: 1500 });
});

it("gives the times of the last attempt, not of one before", async () => {
  const { backend, future } = await submitted({ retry: { attempts: 2, delayMs: 1000 } });
  backend.run("a");
  backend.fail("a", exitCode1);
  await vi.advanceTimersByTimeAsync(late(1000));

  backend.fail("a", exitCode1);
  const { times } = await future.settled();

  expect(times).not.toHaveProperty("started");
  expect(times.scheduled).toBeGreaterThanOrEqual(times.submitted + 1000);
});
