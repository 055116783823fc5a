import { describe, expect, it } from "vitest";
import { exitCode1, obliging, openSession, rejectionOf } from "../__fixtures__/open-session.ts";
import { AITask } from "./ai-task.ts";
import { ComputeTask } from "./compute-task.ts";
import { Task } from "./task.ts";

describe("a task that was not submitted", () => {
  it("is NEW, and has what was asked for", () => {
    const task = new ComputeTask({ uid: "a", name: "count", executable: "wc", backend: "local" });

    expect(task).toMatchObject({
      uid: "a",
      name: "count",
      executable: "wc",
      state: "NEW",
      backend: "local",
      result: undefined,
      returnValue: undefined,
      stdout: undefined,
    });
  });

  it("has a uid of its own, which is also its name", () => {
    const [first, second] = [new ComputeTask({ executable: "a" }), new AITask({ prompt: "b" })];

    expect(first.uid).toMatch(/^task\.\d{6,}$/);
    expect(second.uid > first.uid).toBe(true);
    expect(first.name).toBe(first.uid);
  });

  it("checks nothing when it is built", () => {
    expect(() => new ComputeTask({ uid: "../x", executable: "", timeoutMs: -1 })).not.toThrow();
  });

  it.each([
    ["awaited", (task: Task) => task],
    ["waited for", (task: Task) => task.settled()],
    ["cancelled", (task: Task) => task.cancel()],
  ])("rejects with TASK_NOT_SUBMITTED when it is %s", async (_, use) => {
    const task = new ComputeTask({ uid: "a", executable: "work" });

    expect(await rejectionOf(use(task))).toMatchObject({
      name: "SessionError",
      code: "TASK_NOT_SUBMITTED",
      message: expect.stringContaining("submitTasks") as string,
    });
  });
});

describe("a settled task", () => {
  it("carries the fields of its result itself", async () => {
    const { session } = openSession(
      obliging({
        respond: () => ({
          stdout: "out",
          stderr: "err",
          exitCode: 0,
          resources: { cores: [1] },
          usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
        }),
      }),
    );
    const task = new ComputeTask({ executable: "work" });
    await session.submitTasks([task]);
    const result = await task;

    expect(task).toMatchObject({
      state: "DONE",
      result,
      returnValue: "out",
      stdout: "out",
      stderr: "err",
      exitCode: 0,
      attempts: 1,
      times: result.times,
      resources: { cores: [1] },
      backend: "recording",
      error: undefined,
    });
  });

  it("carries the signal and the error of a failure", async () => {
    const { session, backend } = openSession();
    const task = new ComputeTask({ uid: "a", executable: "work" });
    await session.submitTasks([task]);
    await backend.submission("a");
    backend.fail("a", { code: "TASK_SIGNALED", message: "killed by SIGKILL" }, { signal: "SIGKILL" });
    await task.settled();

    expect(task).toMatchObject({ state: "FAILED", signal: "SIGKILL", error: { code: "TASK_SIGNALED" } });
    expect(task.returnValue).toBeUndefined();
  });

  it("that asked a model has the answer", async () => {
    const { session } = openSession(obliging({ respond: () => ({ response: ["1", "2"] }) }));
    const task = new AITask({ prompt: ["One?", "Two?"], model: "small" });
    await session.submitTasks([task]);
    await task;

    expect(task.response).toEqual(["1", "2"]);
    expect(task.returnValue).toEqual(["1", "2"]);
    expect(task.model).toBe("small");
  });
});

describe("what a result gives", () => {
  it.each([
    ["a program: its standard output", { executable: "work" }, { stdout: "out", returnValue: 1 }, "out"],
    ["a program without output: nothing, as text", { executable: "work" }, {}, ""],
    ["a function: what it returned", { function: () => 1 }, { stdout: "printed", returnValue: 7 }, 7],
    ["a function that returns nothing", { function: () => {} }, {}, undefined],
    ["a prompt: the answer", { prompt: "Hi" }, { response: "Ho" }, "Ho"],
  ])("for %s", async (_, description, outcome, value) => {
    const { session } = openSession(obliging({ respond: () => outcome }));

    const [future] = await session.submitTasks([description as never]);

    expect(((await future) as { returnValue: unknown }).returnValue).toBe(value);
  });

  it("for a failed function is nothing, even if the backend says otherwise", async () => {
    const { session } = openSession({ respond: () => ({ failure: exitCode1, returnValue: 7 }) });
    const [future] = await session.submitTasks([{ function: () => 7 }]);

    expect((await future.settled()).returnValue).toBeUndefined();
  });

  it("says when output was cut", async () => {
    const { session } = openSession(obliging({ respond: () => ({ stdout: "…end", outputTruncated: true }) }));
    const [future] = await session.submitTasks([{ executable: "work" }]);

    expect((await future).outputTruncated).toBe(true);
  });
});

it("has the class names of the seeds", () => {
  expect(new ComputeTask({ executable: "a" }).constructor.name).toBe("ComputeTask");
  expect(new AITask({ prompt: "a" }).constructor.name).toBe("AITask");
  expect(new AITask({ prompt: "a" })).toBeInstanceOf(Task);
});
