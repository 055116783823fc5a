import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { NoopExecutionBackend, Task } from "@rhapsody/core";
import { RecordingBackend } from "@rhapsody/core/testing";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createEngine, gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { HeldBackend } from "../__fixtures__/held-backend.ts";
import type { WorkflowEngine } from "../engine/workflow-engine.ts";
import type { FlowHandle } from "../handle/flow-handle.ts";

/** A chain in which each call takes the value of the one before and adds one. */
function chain(flow: WorkflowEngine, length: number): FlowHandle<number> {
  const next = flow.functionTask((n: number) => n + 1);
  let last = next(0);
  for (let hop = 1; hop < length; hop += 1) last = next(last);
  return last;
}

describe("with time standing still", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
  });

  it("starts dependents in the turn in which a task completes (W1)", async () => {
    const { flow, backend } = await recordingEngine();
    const pass = flow.functionTask((n: number) => n);
    const first = pass(1);
    pass(first);
    await backend.submission("flow.1");
    const turn = gate();
    const order: string[] = [];
    void backend.submission("flow.2").then(() => order.push("dependent handed over"));

    setImmediate(() => {
      order.push("done");
      backend.done("flow.1", { returnValue: 1 });
      setImmediate(() => {
        order.push("next turn");
        turn.resolve();
      });
    });
    await turn.promise;

    expect(order).toEqual(["done", "dependent handed over", "next turn"]);
  });

  it("ends a chain of real functions without waiting for any timer (W1)", async () => {
    const flow = await localEngine();

    expect(await chain(flow, 6)).toBe(6);
  });

  it("goes through a thousand hops without waiting for any timer (W2)", async () => {
    const { flow } = await recordingEngine({
      respond: ({ work }) => ({ returnValue: work.kind === "function" ? Number(work.args[0]) + 1 : 0 }),
    });

    expect(await chain(flow, 1_000)).toBe(1_000);
  });
});

it("looks at no other call when one completes, however many run (W3)", async () => {
  const { flow, backend } = await recordingEngine();
  const task = flow.functionTask((n: number) => n);
  const running = Array.from({ length: 2_000 }, (_, n) => task(n));
  await backend.submission("flow.2000");
  backend.done("flow.1", { returnValue: 0 });
  await running[0];
  const looks = vi.spyOn(Task.prototype, "state", "get");

  backend.done("flow.1000", { returnValue: 1 });
  await running[999];

  expect(looks.mock.calls.length).toBeLessThan(50);
});

it("hands tasks to one backend while another one takes its time (W4)", async () => {
  const held = new HeldBackend();
  const fast = new RecordingBackend({ name: "fast", respond: () => ({ returnValue: "fast" }) });
  const flow = await createEngine({ backends: [held, fast] });
  onTestFinished(() => held.opened.resolve());

  const slow = flow.functionTask(() => "slow", { backend: "held" })();
  await held.asked.promise;

  expect(await flow.functionTask(() => "fast", { backend: "fast" })()).toBe("fast");
  expect(slow.state).toBe("EXECUTING_PENDING");
});

it("lets go of calls that have settled, and of their values (W6)", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const flow = await createEngine({ backend: new NoopExecutionBackend(), maxRetained: 10 });
  const make = flow.block(() => ({ large: new Uint8Array(1_000) }));
  const values: WeakRef<object>[] = [];

  for (let n = 0; n < 200; n += 1) values.push(new WeakRef(await make()));
  // References live on until the end of the turn that made them.
  await new Promise(setImmediate);
  collect();

  expect(flow.graph().nodes).toHaveLength(10);
  expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(30);
  expect(flow.progress()).toMatchObject({ total: 200, done: 200 });
});

it("runs no more calls of a function at a time than it is allowed to (W7)", async () => {
  const flow = await localEngine();
  let running = 0;
  let most = 0;
  const task = flow.functionTask(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    },
    { concurrency: 3 },
  );

  await Promise.all(Array.from({ length: 20 }, () => task()));

  expect(most).toBe(3);
});
