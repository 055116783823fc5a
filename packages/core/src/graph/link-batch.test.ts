import { describe, expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf, submitAnything } from "../__fixtures__/open-session.ts";
import type { TaskProblem, TaskValidationError } from "../errors/task-validation-error.ts";
import type { Session } from "../session/session.ts";
import { ComputeTask } from "../task/compute-task.ts";

async function problems(session: Session, ...inputs: unknown[]): Promise<readonly TaskProblem[]> {
  return ((await rejectionOf(submitAnything(session, inputs))) as TaskValidationError).problems;
}

describe("uids", () => {
  it("cannot be used twice in a batch", async () => {
    const { session } = openSession();

    expect(await problems(session, program("a"), program("b"), program("a"))).toMatchObject([
      { index: 2, uid: "a", code: "TASK_UID_DUPLICATE", message: "uid a is used twice in the batch" },
    ]);
  });

  it("cannot be used twice in a session, while the first task runs", async () => {
    const { session } = openSession();
    await session.submitTasks([program("a")]);

    expect(await problems(session, program("a"))).toMatchObject([
      { uid: "a", code: "TASK_UID_DUPLICATE", message: "uid a was used before in this session" },
    ]);
  });

  it("cannot be used twice in a session, long after the first task settled", async () => {
    const { session } = openSession(obliging(), { retainedResults: 0 });
    const [first] = await session.submitTasks([program("a")]);
    await first;

    expect(await problems(session, program("a"))).toMatchObject([{ code: "TASK_UID_DUPLICATE" }]);
  });

  it("of two sessions have nothing to do with each other", async () => {
    const [first] = await openSession(obliging()).session.submitTasks([program("a")]);
    const [second] = await openSession(obliging()).session.submitTasks([program("a")]);

    expect([(await first).state, (await second).state]).toEqual(["DONE", "DONE"]);
  });

  it("of the prototype's own names are like any other", async () => {
    const { session } = openSession(obliging());

    const futures = await session.submitTasks([
      program("constructor"),
      program("__proto__", { dependencies: ["constructor"] }),
      program("hasOwnProperty", { dependencies: ["__proto__"] }),
    ]);

    expect((await futures[2]).state).toBe("DONE");
  });
});

describe("a task object", () => {
  it("cannot be submitted again, whatever became of it", async () => {
    const { session } = openSession(obliging());
    const task = new ComputeTask({ executable: "work" });
    await session.submitTasks([task]);
    await task;

    expect(await problems(session, task)).toMatchObject([{ uid: task.uid, code: "TASK_ALREADY_SUBMITTED" }]);
  });

  it("cannot be submitted by its future", async () => {
    const { session } = openSession(obliging());
    const [future] = await session.submitTasks([program("a")]);

    expect(await problems(session, future)).toMatchObject([{ uid: "a", code: "TASK_ALREADY_SUBMITTED" }]);
  });

  it("cannot be submitted to a second session", async () => {
    const task = new ComputeTask({ executable: "work" });
    await openSession().session.submitTasks([task]);

    expect(await problems(openSession().session, task)).toMatchObject([{ code: "TASK_ALREADY_SUBMITTED" }]);
  });

  it("cannot be in a batch twice", async () => {
    const { session } = openSession();
    const task = new ComputeTask({ executable: "work" });

    expect(await problems(session, task, task)).toMatchObject([{ index: 1, code: "TASK_UID_DUPLICATE" }]);
  });
});

describe("a dependency", () => {
  it("must be known", async () => {
    const { session } = openSession();

    expect(await problems(session, program("a", { dependencies: ["b", "c"] }))).toMatchObject([
      { uid: "a", code: "TASK_DEPENDENCY_UNKNOWN", message: expect.stringContaining('"b"') as string },
      { uid: "a", code: "TASK_DEPENDENCY_UNKNOWN", message: expect.stringContaining('"c"') as string },
    ]);
  });

  it("cannot be a task object that was never submitted, wherever it stands", async () => {
    const { session } = openSession();
    const stray = new ComputeTask({ uid: "stray", executable: "work" });

    const found = await problems(
      session,
      program("a", { dependencies: [stray] }),
      program("b", { arguments: [stray] }),
      program("c", { stdin: stray }),
      { uid: "d", function: (x: unknown) => x, args: [[{ stray }]] },
    );

    expect(found.map(({ uid, code }) => `${uid} ${code}`)).toEqual(
      ["a", "b", "c", "d"].map((uid) => `${uid} TASK_DEPENDENCY_UNKNOWN`),
    );
    expect(found[0]!.message).toContain("was not submitted");
  });

  it("cannot be a task object that was not submitted when another task has its uid", async () => {
    const { session } = openSession(obliging());
    await session.submitTasks([program("a")]);
    const impostor = new ComputeTask({ uid: "a", executable: "other" });

    expect(await problems(session, program("b", { dependencies: [impostor] }))).toMatchObject([
      { uid: "b", code: "TASK_DEPENDENCY_UNKNOWN" },
    ]);
  });

  it("cannot belong to another session", async () => {
    const { session: other } = openSession(obliging());
    const [foreign] = await other.submitTasks([program("a")]);
    const { session } = openSession(obliging());

    expect(await problems(session, program("b", { dependencies: [foreign] }))).toMatchObject([
      { uid: "b", code: "TASK_DEPENDENCY_UNKNOWN", message: expect.stringContaining(other.uid) as string },
    ]);
  });

  it("of another session is not mixed up with a task of the same uid", async () => {
    const [foreign] = await openSession(obliging()).session.submitTasks([program("a")]);
    const { session } = openSession(obliging());
    await session.submitTasks([program("a")]);

    expect(await problems(session, program("b", { dependencies: [foreign] }))).toMatchObject([
      { code: "TASK_DEPENDENCY_UNKNOWN" },
    ]);
  });

  it("of another session of the same uid is still of another session", async () => {
    const [foreign] = await openSession(obliging(), { uid: "twin" }).session.submitTasks([program("a")]);
    const { session } = openSession(obliging(), { uid: "twin" });

    expect(await problems(session, program("b", { dependencies: [foreign] }))).toMatchObject([
      { code: "TASK_DEPENDENCY_UNKNOWN" },
    ]);
  });

  it("cannot be named by uid once its result was released", async () => {
    const { session } = openSession(obliging(), { retainedResults: 1 });
    await Promise.all(await session.submitTasks([program("old"), program("new")]));

    expect(await problems(session, program("b", { dependencies: ["old", "new"] }))).toMatchObject([
      { uid: "b", code: "TASK_DEPENDENCY_RELEASED" },
    ]);
  });

  it("can be a future whose result was released", async () => {
    const { session, backend } = openSession(obliging({ respond: ({ uid }) => ({ stdout: uid }) }), {
      retainedResults: 0,
    });
    const [old] = await session.submitTasks([program("old")]);
    await old;

    const [late] = await session.submitTasks([program("late", { arguments: [old] })]);
    await late;

    expect(backend.submissions[1]!.work).toMatchObject({ arguments: ["old"] });
  });

  it("in a value of a huge list is found without blowing the stack", async () => {
    const { session } = openSession(obliging());
    const [first] = await session.submitTasks([program("first")]);
    let nested: unknown = first;
    for (let depth = 0; depth < 50_000; depth += 1) nested = [nested];

    const [late] = await submitAnything(session, [{ uid: "late", function: (x: unknown) => x, args: [nested] }]);

    expect((await late!).state).toBe("DONE");
  });
});
