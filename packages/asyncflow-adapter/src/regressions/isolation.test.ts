import { rejectionOf } from "@rhapsody-internal/fixtures";
import { RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it } from "vitest";
import { createEngine, gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { DependencyFailureError, TaskCanceledError } from "../errors/task-errors.ts";
import { InputFile } from "../files/input-file.ts";

describe("one bad call", () => {
  it("that names an unknown backend leaves the engine as it is (W5)", async () => {
    const flow = await localEngine();
    const innocent = flow.functionTask(async () => "well")();

    expect(() => flow.functionTask(() => 1, { backend: "nowhere" })).toThrow("nowhere");

    expect(await innocent).toBe("well");
    expect(await flow.functionTask(() => "still")()).toBe("still");
  });

  it("that its backend refuses takes no other one with it (W5)", async () => {
    const strict = new RecordingBackend({ name: "strict", respond: () => ({ returnValue: "done" }) });
    strict.submitErrors.push(new Error("no such queue"));
    const other = new RecordingBackend({ name: "other" });
    const flow = await createEngine({ backends: [strict, other] });
    const innocent = flow.functionTask(() => 1, { backend: "other" })();
    await other.submission(innocent.uid);
    const bad = flow.functionTask(() => 1, { backend: "strict" });

    expect(await rejectionOf(bad())).toMatchObject({ code: "FLOW_TASK_FAILED", failure: "BACKEND_REJECTED_TASKS" });

    other.done(innocent.uid, { returnValue: "well" });
    expect(await innocent).toBe("well");
    expect(await bad()).toBe("done");
  });

  it("with an input file on a backend that knows nothing of files still runs (W9)", async () => {
    const { flow } = await recordingEngine({ respond: () => ({ stdout: "read", exitCode: 0 }) });
    const read = flow.executableTask(() => "cat engines", { inputs: [new InputFile(import.meta.filename)] });

    expect(await read()).toBe("read");
  });

  it("with an input file that is not there fails alone (W9)", async () => {
    const flow = await localEngine();
    const read = flow.executableTask(() => "cat x", { inputs: [new InputFile("/no/such/x")] });

    expect(await rejectionOf(read())).toMatchObject({
      code: "FLOW_INPUT_UNAVAILABLE",
      message: expect.stringContaining("/no/such/x") as string,
    });
    expect(await flow.functionTask(() => "still")()).toBe("still");
  });
});

describe("what stands on a cancelled call", () => {
  it("fails, named arguments included, and the engine goes on (W10)", async () => {
    const { flow, backend } = await recordingEngine();
    const cancelled = flow.functionTask(() => 1)();
    const dependent = flow.functionTask((given: { n: number }) => given.n)({ n: cancelled });

    await cancelled.cancel("not needed");

    expect(await rejectionOf(cancelled)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "not needed" });
    expect(await rejectionOf(dependent)).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      rootCause: expect.any(TaskCanceledError) as unknown,
    });
    const next = flow.functionTask(() => 1)();
    await backend.submission(next.uid);
    backend.done(next.uid, { returnValue: "still" });
    expect(await next).toBe("still");
  });

  it("does not run when it is a block, and the engine goes on (W11)", async () => {
    const { flow } = await recordingEngine();
    const cancelled = flow.functionTask(() => 1)();
    let entered = false;
    const block = flow.block((_: number) => void (entered = true))(cancelled);

    await cancelled.cancel();

    expect(await rejectionOf(block)).toBeInstanceOf(DependencyFailureError);
    expect(entered).toBe(false);
    expect(await flow.block(() => "still")()).toBe("still");
  });
});

it.each([
  ["an AbortError", new DOMException("enough", "AbortError")],
  ["the error of a cancelled call", new TaskCanceledError({ uid: "a", name: "a" }, "enough")],
])("settles a block whose body throws %s (W12)", async (_, thrown) => {
  const flow = await localEngine();
  const block = flow.block(() => Promise.reject(thrown))();

  expect(await block.settled()).toMatchObject({
    ok: false,
    state: "FAILED",
    error: { code: "FLOW_TASK_FAILED", cause: thrown },
  });
});

describe("a call after the end of the engine", () => {
  it("is refused by every kind of task function (W13)", async () => {
    const flow = await localEngine();
    const handle = flow.functionTask(() => [1])();
    await handle;
    const calls: (() => unknown)[] = [
      flow.functionTask(() => 1),
      flow.executableTask(() => "true"),
      flow.block(() => 1),
      () => flow.functionTask((n: number) => n).map([1]),
      () => flow.gather([handle]),
      () => handle.pick(0),
    ];
    await flow.shutdown();

    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: "FLOW_ENGINE_CLOSED" }));
  });

  it("is refused while the engine drains, but not to blocks that run (W13)", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);
    const [entered, go] = [gate(), gate()];
    const block = flow.block(async () => {
      entered.resolve();
      await go.promise;
      return await task();
    })();
    await entered.promise;

    const ended = flow.shutdown({ mode: "drain" });

    expect(() => task()).toThrow(expect.objectContaining({ code: "FLOW_ENGINE_CLOSED" }));
    go.resolve();
    await ended;
    expect(await block).toBe(1);
  });
});
