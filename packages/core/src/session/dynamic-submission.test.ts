import { describe, expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf } from "../__fixtures__/open-session.ts";
import { ComputeTask } from "../task/compute-task.ts";
import type { TaskFuture } from "../task/task-future.ts";

describe("a task may depend on one that was submitted before", () => {
  it("and is DONE", async () => {
    const { session } = openSession(obliging({ respond: ({ uid }) => ({ stdout: uid }) }));
    const [first] = await session.submitTasks([program("a")]);
    await first;

    const futures = await session.submitTasks([
      program("by-uid", { dependencies: ["a"] }),
      program("by-future", { dependencies: [first] }),
      program("by-value", { arguments: [first] }),
    ]);

    expect((await Promise.all(futures)).map(({ state }) => state)).toEqual(["DONE", "DONE", "DONE"]);
  });

  it("and runs", async () => {
    const { session, backend } = openSession();
    const [first] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    const [second] = await session.submitTasks([program("b", { dependencies: [first] })]);
    expect(second.state).toBe("SCHEDULING_PENDING");
    backend.done("a");
    await backend.submission("b");
    backend.done("b");

    expect((await second).state).toBe("DONE");
  });

  it("and is being cancelled", async () => {
    const { session, backend } = openSession();
    const [first] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    const cancelling = first.cancel();
    const [second] = await session.submitTasks([program("b", { dependencies: [first] })]);
    await cancelling;

    expect(await rejectionOf(second)).toMatchObject({ code: "DEPENDENCY_FAILED" });
  });
});

it("submits from a callback", async () => {
  const { session } = openSession(obliging());
  const grown: Promise<readonly TaskFuture[]>[] = [];
  session.registerCallback(({ uid }, state) => {
    if (state === "DONE" && uid.length < 5) grown.push(session.submitTasks([program(`${uid}x`)]));
  });

  const [first] = await session.submitTasks([program("x")]);
  await first;
  for (const submitted of grown) await Promise.all(await submitted);

  expect(session.statistics().states.DONE).toBe(5);
});

it("submits a task that depends on the one whose callback it is", async () => {
  const { session } = openSession(obliging({ respond: () => ({ stdout: "7" }) }));
  const { promise, resolve } = Promise.withResolvers<TaskFuture<string>>();
  session.registerCallback((task, state) => {
    if (task.uid !== "a" || state !== "EXECUTING") return;
    void session.submitTasks([program("b", { arguments: [task] })]).then(([future]) => resolve(future));
  });

  await session.submitTasks([program("a")]);

  // A future inside the value of a promise would be awaited with it, which is what the test wants here.
  expect((await promise).state).toBe("DONE");
});

it("submits from `then`, level after level", async () => {
  const { session } = openSession(obliging());
  const grow = async (depth: number): Promise<number> => {
    if (depth === 0) return 0;
    const futures = await session.submitTasks([program(`left${depth}`), program(`right${depth}`)]);
    await Promise.all(futures);
    return 2 + (await grow(depth - 1));
  };

  expect(await grow(20)).toBe(40);
});

it("takes many batches at once", async () => {
  const { session } = openSession(obliging());

  const batches = await Promise.all(
    Array.from({ length: 200 }, (_, batch) =>
      session.submitTasks(Array.from({ length: 10 }, (_unused, i) => program(`t${batch}.${i}`))),
    ),
  );
  await Promise.all(batches.flat());

  expect(session.statistics().states.DONE).toBe(2000);
});

it("drives a loop whose end only its results decide", async () => {
  const { session } = openSession(obliging({ respond: ({ attempt, uid }) => ({ returnValue: uid.length + attempt }) }));
  let last = new ComputeTask({ uid: "n", function: (): number => 0 });
  await session.submitTasks([last]);

  let rounds = 0;
  while ((await last).returnValue < 10) {
    const next: ComputeTask<number> = new ComputeTask({
      uid: `${last.uid}n`,
      function: (n: number) => n + 1,
      args: [last],
    });
    await session.submitTasks([next]);
    last = next;
    rounds += 1;
  }

  expect(rounds).toBe(8);
});
