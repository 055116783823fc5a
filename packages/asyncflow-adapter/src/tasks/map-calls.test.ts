import { rejectionOf } from "@rhapsody-internal/fixtures";
import { describe, expect, expectTypeOf, it } from "vitest";
import { gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { asCompleted } from "../handle/as-completed.ts";
import type { FlowOutcome } from "../handle/outcome.ts";

describe("map", () => {
  it("calls for each item of a list, or of one that is not there yet", async () => {
    const flow = await localEngine();
    const double = flow.functionTask((n: number) => n * 2);
    const items = flow.functionTask(() => [1, 2, 3])();

    expect(await double.map([1, 2])).toEqual([2, 4]);
    expect(await double.map([])).toEqual([]);
    expect(await double.map(items)).toEqual([2, 4, 6]);
    expectTypeOf(await double.map(items)).toEqualTypeOf<number[]>();
    expect(await double.map(double.map(items), { concurrency: 2 })).toEqual([4, 8, 12]);
  });

  it("starts an item's call when that item is there, whatever the others do", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask((n: number) => n);
    const [slow, quick] = [task(1), task(2)];
    const all = task.map([slow, quick]);
    await backend.submission("flow.2");

    backend.done("flow.2", { returnValue: 2 });

    const { work } = await backend.submission("flow.3.2");
    expect(work).toMatchObject({ args: [2] });
    await all.cancel();
  });

  it("runs no more calls at a time than it may", async () => {
    const flow = await localEngine();
    let running = 0;
    let most = 0;
    const turns = [gate(), gate(), gate(), gate(), gate()];
    const task = flow.functionTask(async (n: number) => {
      running += 1;
      most = Math.max(most, running);
      turns[n]!.resolve();
      await turns[Math.min(n + 1, 4)]!.promise;
      running -= 1;
      return n;
    });

    expect(await task.map([0, 1, 2, 3, 4], { concurrency: 2 })).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });

  it("fails with the first failure, and cancels the rest", async () => {
    const { flow, backend } = await recordingEngine();
    const all = flow.functionTask((n: number) => n).map([1, 2, 3]);
    await backend.submission("flow.1.3");

    backend.fail("flow.1.2", { code: "TASK_FUNCTION_THREW", message: "no" });

    expect(await rejectionOf(all)).toMatchObject({ cause: { code: "FLOW_TASK_FAILED", uid: "flow.1.2" } });
    expect(flow.progress()).toMatchObject({ cancelled: 2, failed: 2 });
  });

  it("gives outcomes when it is told to", async () => {
    const flow = await localEngine();
    const odd = flow.functionTask((n: number) => {
      if (n % 2 === 0) throw new Error("even");
      return n;
    });

    const outcomes = await odd.map([1, 2, 3], { settle: true, concurrency: 1 });

    expectTypeOf(outcomes).toEqualTypeOf<FlowOutcome<number>[]>();
    expect(outcomes).toMatchObject([
      { ok: true, value: 1 },
      { ok: false, state: "FAILED" },
      { ok: true, value: 3 },
    ]);
  });

  it("of what is no list fails", async () => {
    const flow = await localEngine();
    const task = flow.functionTask((n: number) => n);

    expect(await rejectionOf(task.map(7 as never))).toMatchObject({ cause: { name: "TypeError" } });
    for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { concurency: 2 } as object]) {
      expect(() => task.map([1], options)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
    }
  });
});

describe("gather and pick", () => {
  it("make one handle of several, and of a part", async () => {
    const flow = await localEngine();
    const n = flow.functionTask(() => 1)();
    const text = flow.functionTask(() => "a")();
    const all = flow.gather([n, text, true]);

    expectTypeOf(await all).toEqualTypeOf<[number, string, true]>();
    expect(await all).toEqual([1, "a", true]);
    expect(await all.pick(1)).toBe("a");
    expect(await text.pick("length")).toBe(1);
    expect(await flow.gather([])).toEqual([]);
  });

  it("fail with what they stand on", async () => {
    const flow = await localEngine();
    const bad = flow.functionTask((): { a: number } => {
      throw new Error("no");
    })();

    expect(await rejectionOf(flow.gather([bad]))).toMatchObject({ code: "FLOW_DEPENDENCY_FAILED", path: [bad.uid] });
    expect(await rejectionOf(bad.pick("a"))).toMatchObject({ code: "FLOW_DEPENDENCY_FAILED" });
    expect(
      await rejectionOf(
        flow
          .functionTask(() => null as unknown as { a: number })()
          .pick("a"),
      ),
    ).toMatchObject({
      code: "FLOW_TASK_FAILED",
    });
  });
});

describe("asCompleted", () => {
  it("gives handles in the order in which they settle", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask((n: number) => n);
    const handles = [task(0), task(1), task(2)];
    await backend.submission("flow.3");
    const completed = asCompleted(handles);
    backend.done("flow.3", { returnValue: 2 });
    await handles[2];
    backend.fail("flow.1", { code: "TASK_FUNCTION_THREW", message: "no" });
    await handles[0]!.settled();
    const order: unknown[] = [];

    for await (const { index, ok } of completed) {
      order.push([index, ok]);
      if (index === 0) backend.done("flow.2", { returnValue: 1 });
    }

    expect(order).toEqual([
      [2, true],
      [0, false],
      [1, true],
    ]);
  });
});
