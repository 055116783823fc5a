import { rejectionOf } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { DependencyFailureError, TaskFailedError } from "../errors/task-errors.ts";

class Boom extends Error {
  readonly level = 7;
}

describe("a failure", () => {
  it("has what the function threw as its cause, whatever that is", async () => {
    const flow = await localEngine();
    const boom = new Boom("boom");
    const throws = flow.functionTask((what: unknown) => {
      throw what;
    });

    for (const thrown of [boom, "text", null]) {
      const error = await rejectionOf(throws(thrown));
      expect(error).toBeInstanceOf(TaskFailedError);
      expect((error as TaskFailedError).cause ?? null).toBe(thrown);
      expect(error).toMatchObject({ code: "FLOW_TASK_FAILED", failure: "TASK_FUNCTION_THREW", attempts: 1 });
    }
  });

  it("of a program has the session's error, with exit code and last words", async () => {
    const flow = await localEngine();

    const program = flow.executableTask(() => `sh -c 'echo last words >&2; exit 3'`)();

    expect(await rejectionOf(program)).toMatchObject({
      failure: "TASK_EXIT_CODE",
      cause: { exitCode: 3, stderrTail: "last words" },
    });
  });

  it("reaches all that depends on it, with path and root cause, and nothing else", async () => {
    const flow = await localEngine();
    const boom = new Boom("boom");
    const pass = flow.functionTask((value: unknown) => value);
    const root = flow.functionTask(() => {
      throw boom;
    })();
    const other = flow.functionTask(() => {
      throw new Error("other");
    })();
    const first = pass([root, other]);
    const second = pass({ first });
    const third = flow.block(async (value: unknown) => value)(second);
    const independent = pass(1);

    const error = (await rejectionOf(third)) as DependencyFailureError;

    expect(error).toBeInstanceOf(DependencyFailureError);
    expect(error.rootCause).toBe(boom);
    expect(error.path).toEqual([second.uid, first.uid, root.uid]);
    expect(error.failedDependencies).toEqual([second.uid]);
    expect(error.cause).toBe(boom);
    expect(await independent).toBe(1);
    await other.settled();
    expect(await rejectionOf(pass([root, other]))).toMatchObject({ failedDependencies: [root.uid, other.uid] });
  });

  it("goes down a long chain in no time, and names where it began", async () => {
    const { flow } = await recordingEngine({
      respond: () => ({ failure: { code: "TASK_FUNCTION_THREW", message: "no" } }),
    });
    const pass = flow.functionTask((value: unknown) => value);
    const first = pass.with({ name: "begin" })(0);
    let last = first;
    for (let length = 0; length < 10_000; length += 1) last = pass(last);

    const error = (await rejectionOf(last)) as DependencyFailureError;

    expect(error.path).toHaveLength(10_000);
    expect(error.path.at(-1)).toBe(first.uid);
    expect(error.message).toContain("begin (flow.1)");
  });

  it("has one code for a dependency that was cancelled, whose error is the root cause", async () => {
    const { flow, backend } = await recordingEngine();
    const first = flow.functionTask(() => 1)();
    const second = flow.functionTask((n: number) => n)(first);
    await backend.submission("flow.1");

    await first.cancel("enough");

    expect(await rejectionOf(second)).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      rootCause: { code: "FLOW_TASK_CANCELED", reason: "enough" },
    });
  });

  it("can be looked at without throwing, and with the methods of a promise", async () => {
    const flow = await localEngine();
    const fails = flow.functionTask(() => {
      throw new Boom("boom");
    })();
    const gives = flow.functionTask(() => 1)();

    expect(await fails.settled()).toMatchObject({ ok: false, state: "FAILED", error: { cause: { level: 7 } } });
    expect(await gives.settled()).toEqual({ ok: true, value: 1 });
    expect(await fails.catch(() => "caught")).toBe("caught");
    expect(await gives.catch(() => "caught")).toBe(1);
    expect(await gives.finally(() => {})).toBe(1);
    expect(await Promise.allSettled([gives, fails])).toMatchObject([
      { value: 1 },
      { reason: { code: "FLOW_TASK_FAILED" } },
    ]);
  });
});

describe("a fallback", () => {
  it("gives the value when the work fails, or did not run", async () => {
    const flow = await localEngine();
    const fails = flow.functionTask((): number => {
      throw new Boom("boom");
    });
    const pass = flow.functionTask((n: number) => n, {
      fallback: (error) => (error.code === "FLOW_DEPENDENCY_FAILED" ? -2 : 0),
    });

    const value = fails.with({ fallback: (error) => (error.cause as Boom).level })();

    expect(await value).toBe(7);
    expect(await pass(value)).toBe(7);
    expect(await pass(fails())).toBe(-2);
  });

  it("is not asked when all went well, or the call was cancelled", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1, { fallback: () => 2 });
    const done = task();
    const cancelled = task();
    await backend.submission("flow.2");

    backend.done("flow.1", { returnValue: 1 });
    await cancelled.cancel("enough");

    expect(await done).toBe(1);
    expect(await rejectionOf(cancelled)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "enough" });
  });

  it("that throws fails the call with that", async () => {
    const flow = await localEngine();
    const fails = flow.functionTask(
      () => {
        throw new Error("first");
      },
      {
        fallback: () => {
          throw new Boom("second");
        },
      },
    );

    expect(await rejectionOf(fails())).toMatchObject({ code: "FLOW_TASK_FAILED", cause: { message: "second" } });
  });
});

describe("retries", () => {
  it("are as many as asked for, and only after what they are for", async () => {
    const flow = await localEngine();
    let calls = 0;
    const flaky = flow.functionTask((enough: number) => {
      calls += 1;
      if (calls < enough) throw new Boom(`call ${calls}`);
      return calls;
    });

    const handle = flaky.with({ retry: 3 })(3);
    expect(await handle).toBe(3);
    expect(handle.attempts).toBe(3);

    calls = 0;
    const seen: unknown[] = [];
    const retryIf = (error: unknown): boolean => (seen.push(error), false);
    expect(await rejectionOf(flaky.with({ retry: { attempts: 5, delay: "1ms", retryIf } })(9))).toMatchObject({
      attempts: 1,
    });
    expect(seen).toEqual([expect.any(Boom)]);
  });
});

describe("conditions", () => {
  it("allDone: runs whatever became of the others, with undefined for what failed", async () => {
    const flow = await localEngine();
    const fails = flow.functionTask((): number => {
      throw new Boom("boom");
    });
    const list = flow.functionTask((...values: unknown[]) => values, { when: "allDone" });
    const show = flow.executableTask((a: unknown, b: unknown) => `echo ${String(a)} ${String(b)}`, { when: "allDone" });
    const one = flow.functionTask(() => 1)();

    expect(await list(fails(), one)).toEqual([undefined, 1]);
    expect(await show(fails(), one)).toBe("undefined 1\n");
    expect(await list.with({ after: [fails()] })(2)).toEqual([2]);
  });

  it("oneSuccess: runs when one ended well, else fails naming all", async () => {
    const flow = await localEngine();
    const fails = flow.functionTask((): number => {
      throw new Boom("boom");
    });
    const list = flow.functionTask((...values: unknown[]) => values, { when: "oneSuccess" });
    const [first, second] = [fails(), fails()];

    expect(await list(fails(), flow.functionTask(() => 1)())).toEqual([undefined, 1]);
    expect(await rejectionOf(list(first, second))).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      failedDependencies: [first.uid, second.uid],
      rootCause: { level: 7 },
    });
    expect(await list(1)).toEqual([1]);
  });

  it("after: waits for others without their values", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const first = task();
    const second = task.with({ after: [first] })();
    await backend.submission("flow.1");
    expect(second.state).toBe("SCHEDULING_PENDING");

    backend.done("flow.1");

    await backend.submission("flow.2");
    backend.done("flow.2", { returnValue: 2 });
    expect(await second).toBe(2);
  });
});

describe("a limit of calls at a time", () => {
  it("holds for all calls of the function, those with other options too, in order, also after failures", async () => {
    const flow = await localEngine();
    const gates = Array.from({ length: 5 }, () => gate());
    const running = new Set<number>();
    const order: number[] = [];
    const started = Array.from({ length: 5 }, () => gate());
    const task = flow.functionTask(
      async (n: number) => {
        running.add(n);
        order.push(n);
        started[n]!.resolve();
        expect(running.size).toBeLessThanOrEqual(2);
        await gates[n]!.promise;
        running.delete(n);
        if (n === 1) throw new Error("no");
        return n;
      },
      { concurrency: 2 },
    );
    const handles = [0, 1, 2, 3, 4].map((n) => (n === 3 ? task.with({ name: "three" })(n) : task(n)));
    await started[1]!.promise;
    expect([...running]).toEqual([0, 1]);
    await handles[4]!.cancel();

    for (const n of [1, 0, 2, 3]) gates[n]!.resolve();
    const outcomes = await Promise.all(handles.map((handle) => handle.settled()));

    expect(order).toEqual([0, 1, 2, 3]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
  });
});
