import { setImmediate as nextTurn } from "node:timers/promises";
import { rejectionOf } from "@rhapsody-internal/fixtures";
import { taskContext } from "@rhapsody/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";

describe("a block", () => {
  it("waits for its arguments, calls tasks and gives what its body returns", async () => {
    const flow = await localEngine();
    const add = flow.functionTask((a: number, b: number) => a + b);
    const twice = flow.block(async (n: number) => {
      const once = add(n, n);
      return (await add(once, once)) + 1;
    });

    expect(await twice(add(1, 1))).toBe(9);
  });

  it("may call blocks, whose calls are theirs", async () => {
    const flow = await localEngine();
    const leaf = flow.functionTask(() => "leaf");
    const inner = flow.block(async () => await leaf());
    const outer = flow.block(async () => [await leaf(), await inner()]);

    expect(await outer()).toEqual(["leaf", "leaf"]);
    expect(flow.graph().nodes.map(({ uid, block }) => [uid, block])).toEqual([
      ["flow.1", undefined],
      ["flow.1.1", "flow.1"],
      ["flow.1.2", "flow.1"],
      ["flow.1.2.1", "flow.1.2"],
    ]);
  });

  it("gives the value of a handle that its body returns", async () => {
    const flow = await localEngine();
    const one = flow.functionTask(() => 1);

    expect(await flow.block(() => one())()).toBe(1);
  });

  it("that throws at once fails with that", async () => {
    const flow = await localEngine();
    const cause = new Error("no");

    const block = flow.block(() => {
      throw cause;
    })();

    expect(await rejectionOf(block)).toMatchObject({ code: "FLOW_TASK_FAILED", failure: "TASK_FUNCTION_THREW", cause });
  });

  it("that fails cancels its members, nested ones too, before it has failed", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const inner = flow.block(async () => await task());
    const block = flow.block(async () => {
      void inner();
      void task();
      await Promise.all([backend.submission("flow.1.1.1"), backend.submission("flow.1.2")]);
      throw new Error("no");
    })();

    await rejectionOf(block);

    expect(flow.graph().nodes.map(({ uid, state }) => [uid, state])).toEqual([
      ["flow.1", "FAILED"],
      ["flow.1.1", "CANCELLED"],
      ["flow.1.2", "CANCELLED"],
      ["flow.1.1.1", "CANCELLED"],
    ]);
    expect(backend.cancellations.map(({ uid }) => uid).toSorted()).toEqual(["flow.1.1.1", "flow.1.2"]);
  });

  it("that fails leaves its members when it is told to", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const box: { member?: ReturnType<typeof task> } = {};
    const body = async (): Promise<never> => {
      box.member = task();
      await backend.submission("flow.1.1");
      throw new Error("no");
    };

    await rejectionOf(flow.block(body, { onFailure: "leave" })());
    backend.done("flow.1.1", { returnValue: 1 });

    expect(await box.member).toBe(1);
  });

  it("that is cancelled takes members with it, those that were not even submitted too", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const entered = gate();
    const box: { cancelled?: Promise<void> } = {};
    const block = flow.block(async () => {
      await Promise.all([task(), (entered.resolve(), task())]);
    })();
    await entered.promise;
    box.cancelled = block.cancel("enough");
    await box.cancelled;

    expect(await rejectionOf(block)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "enough" });
    expect(flow.progress()).toMatchObject({ total: 3, cancelled: 3, running: 0 });
    expect(backend.submissions.length).toBe(backend.cancellations.length);
  });

  it("hears of its cancellation by the signal, and is let go of when it does not care", async () => {
    const flow = await localEngine();
    const entered = gate();
    const heard = gate<unknown>();
    const listening = flow.block(async () => {
      const { signal } = taskContext();
      signal.addEventListener("abort", () => heard.resolve(signal.reason));
      entered.resolve();
      await new Promise(() => {});
    })();
    await entered.promise;

    await listening.cancel("enough");

    expect(await heard.promise).toMatchObject({ name: "AbortError", message: "enough" });
    expect(listening.state).toBe("CANCELLED");
  });

  it("is stopped with the others when the session is asked to cancel all at once", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const inner = flow.block(async () => await task());
    const outer = flow.block(async () => await inner())();
    await backend.submission("flow.1.1.1");

    await flow.session.cancel(["flow.1", "flow.1.1", "flow.1.1.1"]);

    expect(flow.progress()).toMatchObject({ cancelled: 3 });
    expect(outer.state).toBe("CANCELLED");
  });

  it("that was stopped, or failed, calls nothing more, however its body goes on", async () => {
    const { flow, backend } = await recordingEngine();
    const [slow, instead] = [flow.functionTask(() => 1), flow.functionTask(() => 2)];
    const over = gate<unknown>();
    const again = async (): Promise<unknown> => await slow().then(undefined, async () => await instead());
    const stopped = flow.block(async () => over.resolve(await rejectionOf(again())))();
    await backend.submission("flow.1.1");
    await stopped.cancel("enough");

    expect(await over.promise).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "enough" });

    const failed = flow.block(async () => await Promise.all([again(), Promise.reject(new Error("no"))]))();
    expect(await rejectionOf(failed)).toMatchObject({ cause: { message: "no" } });
    await flow.drain();

    expect(backend.submissions.filter(({ uid }) => uid.endsWith(".2"))).toEqual([]);
  });

  it("that runs out of time takes its members with it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const block = flow.block(async () => await task(), { timeout: 5 })();
    const failed = rejectionOf(block);
    await backend.submission("flow.1.1");
    await vi.advanceTimersByTimeAsync(100);

    expect(await failed).toMatchObject({ code: "FLOW_TASK_TIMEOUT", failure: "TASK_TIMEOUT" });
    expect(backend.cancellations).toMatchObject([{ uid: "flow.1.1" }]);
  });

  it("that is tried again calls its tasks anew", async () => {
    const flow = await localEngine();
    const attempt = flow.functionTask((n: number) => {
      if (n < 2) throw new Error(`attempt ${n}`);
      return n;
    });

    const block = flow.block(async () => await attempt(taskContext().attempt), { retry: 3 })();

    expect(await block).toBe(2);
    expect(flow.graph().nodes.map(({ uid, state }) => [uid, state])).toEqual([
      ["flow.1", "DONE"],
      ["flow.1.1", "FAILED"],
      ["flow.1.try2.1", "DONE"],
    ]);
  });

  it("may wait for more members than any limit of a backend", async () => {
    const flow = await localEngine();
    const leaf = flow.functionTask(() => 1);
    const block = flow.block(async () => await leaf());

    const values = await flow.gather(Array.from({ length: 1_000 }, () => block()));

    expect(values).toHaveLength(1_000);
  });
});

describe("membership", () => {
  it("is that of the call, also for what a task calls in turn", async () => {
    const flow = await localEngine();
    const leaf = flow.functionTask(() => 1);
    const calls = flow.functionTask(async () => await leaf());
    const block = flow.block(async () => await calls());

    await Promise.all([block(), calls()]);

    const { nodes } = flow.graph();
    expect(nodes.map(({ uid, block: around }) => [uid, around])).toEqual([
      ["flow.1", undefined],
      ["flow.2", undefined],
      ["flow.1.1", "flow.1"],
      ["flow.3", undefined],
      ["flow.1.2", "flow.1"],
    ]);
  });

  it("and the label of the workflow are two things", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const block = flow.block(async () => {
      await flow.workflowScope("inner", async () => await task());
    });
    const handle = flow.workflowScope("outer", () => block());
    await backend.submission("flow.1.1");

    await handle.cancel();

    expect(flow.graph().nodes).toMatchObject([
      { uid: "flow.1", workflowId: "outer", state: "CANCELLED" },
      { uid: "flow.1.1", workflowId: "inner", block: "flow.1", state: "CANCELLED" },
    ]);
  });
});

describe("workflowScope", () => {
  it("labels what is called inside, each of several at a time apart", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);

    const labels = await Promise.all(
      ["a", "b"].map(
        async (id) =>
          await flow.workflowScope(id, async (given) => {
            const first = task();
            await first;
            await nextTurn();
            return [given, first.workflowId, task().workflowId];
          }),
      ),
    );

    expect(labels).toEqual([
      ["a", "a", "a"],
      ["b", "b", "b"],
    ]);
    expect(task().workflowId).toBeUndefined();
  });

  it("makes a label when there is none, and a call's own goes before", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);

    flow.workflowScope((id) => {
      expect(id).toMatch(/^wf-[0-9a-f]{8}$/);
      expect(task().workflowId).toBe(id);
      expect(task.with({ workflowId: "own" })().workflowId).toBe("own");
    });
  });
});
