import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { rejectionOf } from "@rhapsody-internal/fixtures";
import { NoopExecutionBackend, Session, silentLogger } from "@rhapsody/core";
import { RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEngine, gate, keepingLogger, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { WorkflowEngine } from "./workflow-engine.ts";

describe("cancelling a call", () => {
  it("before the session has it keeps it from ever beginning", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const handle = task();

    await handle.cancel("too early");

    expect(handle.state).toBe("CANCELLED");
    expect(await rejectionOf(handle)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "too early", uid: "flow.1" });
    expect(backend.submissions).toEqual([]);
  });

  it("reaches the backend that runs it, whichever that is", async () => {
    const [first, second] = [new RecordingBackend({ name: "first" }), new RecordingBackend({ name: "second" })];
    const flow = await createEngine({ backends: [first, second], uid: "flow" });
    const handle = flow.functionTask(() => 1, { backend: "second" })();
    await second.submission("flow.1");

    await handle.cancel("enough");

    expect(second.cancellations).toMatchObject([{ uid: "flow.1", reason: "enough" }]);
    expect(handle.state).toBe("CANCELLED");
  });

  it("by its signal, aborted before or later", async () => {
    const { flow, backend } = await recordingEngine();
    const later = new AbortController();
    const task = flow.functionTask(() => 1);

    const early = task.with({ signal: AbortSignal.abort(new Error("aborted before")) })();
    const late = task.with({ signal: later.signal })();
    await backend.submission("flow.2");
    later.abort(new Error("aborted later"));

    expect(await rejectionOf(early)).toMatchObject({ reason: "aborted before" });
    expect(await rejectionOf(late)).toMatchObject({ reason: "aborted later" });
  });

  it("that has settled changes nothing", async () => {
    const flow = await localEngine();
    const handle = flow.functionTask(() => 1)();
    await handle;

    await handle.cancel();

    expect(await handle).toBe(1);
  });
});

describe("shutting down", () => {
  it("cancels what is not done, closes the engine's own session, and can be asked for twice", async () => {
    const { flow, backend } = await recordingEngine();
    const handle = flow.functionTask(() => 1)();
    await backend.submission("flow.1");

    await Promise.all([flow.shutdown(), flow.shutdown()]);

    expect(await rejectionOf(handle)).toMatchObject({ code: "FLOW_TASK_CANCELED" });
    expect(backend.isOpen).toBe(false);
    await expect(flow.session.submitTasks([{ executable: "x" }])).rejects.toMatchObject({ code: "SESSION_CLOSED" });
  });

  it("by draining finishes everything, also what running blocks go on to call", async () => {
    const flow = await localEngine();
    const [entered, goOn] = [gate(), gate()];
    const task = flow.functionTask((n: number) => n);
    const block = flow.block(async () => {
      entered.resolve();
      await goOn.promise;
      return await task(await task(1));
    })();
    await entered.promise;

    const ended = flow.shutdown({ mode: "drain" });
    expect(() => task(2)).toThrow(expect.objectContaining({ code: "FLOW_ENGINE_CLOSED" }));
    goOn.resolve();
    await ended;

    expect(await block).toBe(1);
  });

  it("by draining cancels what is left when the time is up, or a cancel comes", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const handle = task();
    await backend.submission("flow.1");

    await flow.shutdown({ mode: "drain", timeout: "1ms" });
    expect(handle.state).toBe("CANCELLED");

    const { flow: other, backend: busy } = await recordingEngine();
    const left = other.functionTask(() => 1)();
    await busy.submission("flow.1");
    const drained = other.shutdown({ mode: "drain" });
    await other.shutdown();
    await drained;
    expect(left.state).toBe("CANCELLED");
  });

  it("leaves a session that was given open", async () => {
    const session = new Session({ backends: [new NoopExecutionBackend()], logger: silentLogger });
    onTestFinished(async () => await session.close());
    {
      await using flow = await WorkflowEngine.create({ session });
      await flow.functionTask(() => 1)();
    }

    const [future] = await session.submitTasks([{ executable: "x" }]);

    expect((await future).state).toBe("DONE");
  });

  it("happens when the signal is aborted", async () => {
    const controller = new AbortController();
    const { flow, backend } = await recordingEngine({}, { signal: controller.signal });
    const handle = flow.functionTask(() => 1)();
    await backend.submission("flow.1");

    controller.abort(new Error("out of budget"));

    expect(await rejectionOf(handle)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "out of budget" });
    await expect(WorkflowEngine.create({ signal: controller.signal })).rejects.toBe(controller.signal.reason);
  });

  it("leaves nothing behind when the signal is aborted while the engine is created", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const session = new Session({ backends: [new NoopExecutionBackend()], logger: silentLogger });
    onTestFinished(async () => await session.close());

    const own = WorkflowEngine.create({ signal, backend: new NoopExecutionBackend(), handleInterrupt: true });
    const given = WorkflowEngine.create({ signal, session });
    const before = process.listenerCount("SIGINT");
    controller.abort();

    await expect(own).rejects.toBe(signal.reason);
    await expect(given).rejects.toBe(signal.reason);
    expect(process.listenerCount("SIGINT")).toBeLessThanOrEqual(before);
    expect(session.backends).toHaveLength(1);
  });

  it("logs each failure that nobody looked at, once, and no other", async () => {
    const { logger, errors } = keepingLogger();
    const flow = await localEngine({ logger });
    const fails = flow.functionTask((_: unknown) => {
      throw new Error("boom");
    });
    const unseen = fails(1);
    const seen = fails(2);
    const root = fails(3);
    const dependent = fails(root);
    await seen.settled();
    await dependent.settled();
    await flow.drain();

    await flow.shutdown();

    expect(errors).toMatchObject([[{ task: unseen.uid }, "a call failed and nobody looked at it"]]);
  });

  it("logs them also when they are no longer kept", async () => {
    const { logger, errors } = keepingLogger();
    const flow = await localEngine({ logger, maxRetained: 2 });
    const fails = flow.functionTask(() => {
      throw new Error("boom");
    });
    const unseen = fails();
    await flow.drain();
    for (const seen of [fails(), fails(), fails()]) await seen.settled();

    await flow.shutdown();

    expect(errors).toMatchObject([[{ task: unseen.uid }, "a call failed and nobody looked at it"]]);
  });

  it("logs none that a fallback stands in for", async () => {
    const { logger, errors } = keepingLogger();
    const flow = await localEngine({ logger });
    const root = flow.functionTask((): number => {
      throw new Error("boom");
    })();

    expect(await flow.functionTask((n: number) => n, { fallback: () => 0 })(root)).toBe(0);
    await flow.shutdown();

    expect(errors).toEqual([]);
  });

  it("takes its listeners off the process", async () => {
    const before = process.listenerCount("SIGINT");
    const flow = await localEngine({ handleInterrupt: true });
    expect(process.listenerCount("SIGINT")).toBe(before + 1);

    await flow.shutdown();

    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("draining", () => {
  it("waits for all calls, those made meanwhile too", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);
    void task().then(() => task());

    await flow.drain();
    await flow.drain({ timeout: "1m" });

    expect(flow.progress()).toEqual({ total: 2, done: 2, failed: 0, cancelled: 0, running: 0, waiting: 0 });
  });

  it("inside of a block is refused, since it would wait for that block", async () => {
    const flow = await localEngine();
    const cause = { code: "FLOW_HANDLE_CYCLE" };

    expect(await rejectionOf(flow.block(async () => await flow.drain())())).toMatchObject({ cause });
    expect(await rejectionOf(flow.block(async () => await flow.shutdown({ mode: "drain" }))())).toMatchObject({
      cause,
    });
  });

  it("gives up when the time is up, and leaves the calls as they are", async () => {
    const { flow, backend } = await recordingEngine();
    const handle = flow.functionTask(() => 1)();
    await backend.submission("flow.1");

    await expect(flow.drain({ timeout: 1 })).rejects.toMatchObject({ code: "FLOW_DRAIN_TIMEOUT" });
    backend.done("flow.1");

    expect(await handle).toBeUndefined();
  });
});

describe("what is kept", () => {
  it("is let go of beyond maxRetained, while handles keep their values", async () => {
    const flow = await localEngine({ maxRetained: 2 });
    const task = flow.functionTask((n: number) => n);
    const handles = [1, 2, 3, 4].map((n) => task(n));
    await flow.drain();

    expect(flow.graph().nodes.map(({ uid }) => uid)).toEqual(["flow.3", "flow.4"]);
    expect(await Promise.all(handles)).toEqual([1, 2, 3, 4]);
    expect(await task(handles[0]!)).toBe(1);
  });

  it("is not the whole of a loop whose last handle is held", async () => {
    const flow = await createEngine({ backend: new NoopExecutionBackend(), maxRetained: 1 });
    const step = flow.functionTask((state: unknown) => state);
    const given = new WeakRef({});
    let last = step({ first: step(given.deref()) });
    for (let round = 0; round < 20; round += 1) last = step(last);
    await last;
    await nextTurn();

    collectGarbage();

    expect(given.deref()).toBeUndefined();
    expect(last.state).toBe("DONE");
  });
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
