import { describe, expect, it } from "vitest";
import { program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { pythonFunction } from "../task/function-reference.ts";
import type { TaskState } from "../task/task-state.ts";
import { NoopExecutionBackend } from "./noop-execution-backend.ts";

describe("NoopExecutionBackend", () => {
  it("ends every kind of task well, with nothing to show", async () => {
    await using backend = new NoopExecutionBackend();

    const results = await Promise.all(
      await backend.submitTasks([
        program("a", { resources: { cores: 1000, gpus: 8, ranks: 64, nodes: 4 } }),
        { uid: "b", function: () => 7 },
        { uid: "c", function: pythonFunction("math:sqrt") },
        { uid: "d", prompt: "Hi" },
      ]),
    );

    expect(results.map(({ state, returnValue, stdout }) => [state, returnValue, stdout])).toEqual([
      ["DONE", "", ""],
      ["DONE", undefined, ""],
      ["DONE", undefined, ""],
      ["DONE", undefined, ""],
    ]);
  });

  it("lets tasks go through all states", async () => {
    const session = sessionOf({ backends: [new NoopExecutionBackend()] });
    const states: TaskState[] = [];
    session.registerCallback((_, state) => states.push(state));

    await Promise.all(await session.submitTasks([program("a")]));

    expect(states).toEqual(["SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "DONE"]);
  });

  it("is named noop unless told otherwise", () => {
    expect([new NoopExecutionBackend().name, new NoopExecutionBackend({ name: "dry" }).name]).toEqual(["noop", "dry"]);
  });

  it("runs 10,000 tasks in a chain and beside each other", async () => {
    const session = sessionOf({ backends: [new NoopExecutionBackend()] });

    await session.submitTasks(Array.from({ length: 10_000 }, (_, i) => program(`t${i}`)));
    await session.close({ mode: "drain" });

    expect(session.statistics().states.DONE).toBe(10_000);
  });

  it("settles tasks once when they are cancelled at once", async () => {
    const session = sessionOf({ backends: [new NoopExecutionBackend()] });
    await session.start();
    const futures = await session.submitTasks(Array.from({ length: 100 }, (_, i) => program(`t${i}`)));

    await session.cancel(futures);

    const { DONE, CANCELLED } = session.statistics().states;
    expect(DONE + CANCELLED).toBe(100);
  });

  it("cannot be opened twice at once", async () => {
    const backend = new NoopExecutionBackend();
    const first = sessionOf({ backends: [backend] });
    await first.start();
    const { context } = capture();

    expect(await rejectionOf(backend.open(context))).toMatchObject({ code: "BACKEND_IN_USE" });
  });

  it("refuses work after close, naming itself", async () => {
    const { context } = capture();
    const handle = await new NoopExecutionBackend().open(context);
    await handle.close(0);
    await handle.close(0);

    expect(await rejectionOf(handle.submit([]))).toMatchObject({ code: "BACKEND_CLOSED", backend: "noop" });
  });

  it("is not disturbed by a second close of an opening that is over", async () => {
    const backend = new NoopExecutionBackend();
    const { context } = capture();
    const first = await backend.open(context);
    await first.close(0);
    const second = await backend.open({ ...context, epoch: 2 });

    await first.close(0);

    await expect(second.submit([])).resolves.toBeUndefined();
  });
});

function capture() {
  const session = sessionOf({ backends: [] });
  const context = {
    sessionUid: session.uid,
    workDir: session.workDir,
    logger: session.logger,
    epoch: 1,
    signal: new AbortController().signal,
    environment: {},
    report: () => {},
    capacity: () => {},
    observe: () => {},
    lost: () => {},
  };
  return { context };
}
