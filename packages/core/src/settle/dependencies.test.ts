import { describe, expect, it } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf } from "../__fixtures__/open-session.ts";
import type { DependencyError } from "../errors/task-errors.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

/** A backend on which one task fails and all others end well. */
function failing(uid: string): RecordingBackend {
  return new RecordingBackend({ respond: (task) => (task.uid === uid ? { failure: exitCode1 } : {}) });
}

it("runs a task only once all it depends on are DONE", async () => {
  const { session, backend } = openSession();
  await session.submitTasks([program("a"), program("b"), program("c", { dependencies: ["a", "b"] })]);
  await backend.submission("b");
  backend.done("a");
  expect(backend.submissions.map(({ uid }) => uid)).toEqual(["a", "b"]);

  backend.done("b");

  expect((await backend.submission("c")).uid).toBe("c");
});

describe("a task whose dependency fails", () => {
  it("fails without having run, and says who is to blame and by which way", async () => {
    const { session, backend } = openSession(failing("root"));

    const [, , , leaf] = await session.submitTasks([
      program("root"),
      program("middle", { dependencies: ["root"] }),
      program("last", { dependencies: ["middle"] }),
      program("leaf", { dependencies: ["last"] }),
    ]);

    expect(await rejectionOf(leaf)).toMatchObject({
      name: "DependencyError",
      code: "DEPENDENCY_FAILED",
      uid: "leaf",
      rootCause: "root",
      path: ["last", "middle", "root"],
      cause: { code: "TASK_EXIT_CODE", uid: "root" },
      result: { uid: "leaf", state: "FAILED", attempts: 0 },
      message: expect.stringContaining("leaf ← last ← middle ← root") as string,
    });
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["root"]);
  });

  it("fails at once, while its other dependencies still run", async () => {
    const { session, backend } = openSession();
    const [, , sink] = await session.submitTasks([
      program("bad"),
      program("slow"),
      program("sink", { dependencies: ["bad", "slow"] }),
    ]);
    await backend.submission("slow");

    backend.fail("bad", exitCode1);

    await expect(sink).rejects.toMatchObject({ rootCause: "bad" });
    expect(backend.running).toEqual(["slow"]);
  });

  it("settles once when a second dependency fails later", async () => {
    const { session, backend } = openSession();
    const settled: string[] = [];
    session.registerCallback(({ uid }, state) => void (state === "FAILED" && settled.push(uid)));
    const [, second, sink] = await session.submitTasks([
      program("first"),
      program("second"),
      program("sink", { dependencies: ["first", "second"] }),
    ]);
    await backend.submission("second");

    backend.fail("first", exitCode1);
    await sink.settled();
    backend.fail("second", exitCode1);
    await second.settled();

    expect(settled).toEqual(["first", "sink", "second"]);
  });

  it("fails when the dependency was cancelled, with that as the cause", async () => {
    const { session, backend } = openSession();
    const [first, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    await backend.submission("a");

    await first.cancel("not needed");

    await expect(second).rejects.toMatchObject({
      code: "DEPENDENCY_FAILED",
      rootCause: "a",
      cause: { code: "TASK_CANCELLED", reason: "not needed" },
    });
  });

  it("fails when the dependency had failed long before it was submitted", async () => {
    const { session } = openSession(failing("a"));
    const [first] = await session.submitTasks([program("a")]);
    await first.settled();

    const [second] = await session.submitTasks([program("b", { dependencies: ["a"] })]);

    await expect(second).rejects.toMatchObject({ code: "DEPENDENCY_FAILED", path: ["a"] });
  });

  it("fails on a failed dependency when another one has not settled yet", async () => {
    const { session, backend } = openSession();
    const [first] = await session.submitTasks([program("a"), program("slow")]);
    await backend.submission("slow");
    backend.fail("a", exitCode1);
    await first.settled();

    const [second] = await session.submitTasks([program("b", { dependencies: ["slow", "a"] })]);

    await expect(second).rejects.toMatchObject({ rootCause: "a" });
    expect(backend.running).toEqual(["slow"]);
  });

  it("runs all the same when it says so, once everything it depends on has settled", async () => {
    const { session, backend } = openSession();
    const [, , sink] = await session.submitTasks([
      program("bad"),
      program("slow"),
      program("sink", { dependencies: ["bad", "slow"], onDependencyFailure: "run" }),
    ]);
    await backend.submission("slow");
    backend.fail("bad", exitCode1);
    expect(sink.state).toBe("SCHEDULING_PENDING");

    backend.done("slow");
    await backend.submission("sink");
    backend.done("sink");

    expect((await sink).state).toBe("DONE");
  });

  it("stops a failure from going further down when it runs all the same", async () => {
    const { session } = openSession(failing("root"));

    const futures = await session.submitTasks([
      program("root"),
      program("tidy-up", { dependencies: ["root"], onDependencyFailure: "run" }),
      program("report", { dependencies: ["tidy-up"] }),
    ]);
    await session.waitTasks(futures);

    expect(futures.map(({ state }) => state)).toEqual(["FAILED", "DONE", "DONE"]);
  });
});

describe("a chain of 10,000 tasks", () => {
  const length = 10_000;
  const chain = Array.from({ length }, (_, i) => program(`t${i}`, i === 0 ? {} : { dependencies: [`t${i - 1}`] }));

  it("runs to its end", async () => {
    const { session } = openSession(obliging());

    const futures = await session.submitTasks(chain);

    expect((await futures.at(-1)!).state).toBe("DONE");
  });

  it("goes down as one when its first task fails, in little time and memory", async () => {
    const { session } = openSession(failing("t0"), { retainedResults: 0 });
    await session.start();

    const heapBefore = process.memoryUsage().heapUsed;
    const futures = await session.submitTasks(chain);
    const results = await session.waitTasks(futures);
    const grownBy = process.memoryUsage().heapUsed - heapBefore;

    expect(results.every(({ state }) => state === "FAILED")).toBe(true);
    const error = results.at(-1)!.error as DependencyError;
    expect(error.rootCause).toBe("t0");
    expect(error.path).toHaveLength(length - 1);
    expect(error.path.slice(0, 2)).toEqual(["t9998", "t9997"]);
    expect(error.message.length).toBeLessThan(1000);
    expect(grownBy).toBeLessThan(100_000_000);
  });

  it("is cancelled as one", async () => {
    const { session } = openSession({}, { retainedResults: 0 });
    const futures = await session.submitTasks(chain);

    await session.cancel(futures);

    expect(session.statistics().states.CANCELLED).toBe(length);
  });
});

it("fails 10,000 tasks that depend on the same one", async () => {
  const { session } = openSession(failing("root"));

  const futures = await session.submitTasks([
    program("root"),
    ...Array.from({ length: 10_000 }, (_, i) => program(`t${i}`, { dependencies: ["root"] })),
  ]);
  await session.waitTasks(futures);

  expect(session.statistics().states.FAILED).toBe(10_001);
});
