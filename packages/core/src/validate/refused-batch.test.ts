import { expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf, submitAnything } from "../__fixtures__/open-session.ts";
import { TaskValidationError } from "../errors/task-validation-error.ts";

const badBatch = [
  program("twin"),
  program("twin"),
  program("../x"),
  program("hen", { dependencies: ["egg"] }),
  program("egg", { dependencies: ["hen"] }),
  program("lost", { dependencies: ["nowhere"] }),
  program("alien", { backend: "mars" }),
  { uid: "both", executable: "work", function: () => 1 },
  { uid: "mute", prompt: "" },
  program("eager", { timeoutMs: -1 }),
  program("innocent"),
];

async function refusal(inputs: readonly unknown[]): Promise<TaskValidationError> {
  const { session } = openSession(obliging());
  const error = await rejectionOf(submitAnything(session, inputs));
  expect(error).toBeInstanceOf(TaskValidationError);
  return error as TaskValidationError;
}

it("lists every bad task of a batch in one error, by task", async () => {
  const { code, problems } = await refusal(badBatch);

  expect(code).toBe("TASK_VALIDATION");
  expect(problems.map((problem) => [problem.index, problem.uid, problem.code])).toEqual([
    [1, "twin", "TASK_UID_DUPLICATE"],
    [2, "../x", "TASK_UID_UNSAFE"],
    [3, "hen", "TASK_DEPENDENCY_CYCLE"],
    [4, "egg", "TASK_DEPENDENCY_CYCLE"],
    [5, "lost", "TASK_DEPENDENCY_UNKNOWN"],
    [6, "alien", "TASK_BACKEND_UNKNOWN"],
    [7, "both", "TASK_FIELD_INVALID"],
    [8, "mute", "TASK_FIELD_INVALID"],
    [9, "eager", "TASK_FIELD_INVALID"],
  ]);
});

it("submits nothing of a batch that is refused", async () => {
  const { session, backend } = openSession(obliging());

  await rejectionOf(submitAnything(session, badBatch));
  const [future] = await session.submitTasks([program("after")]);
  await future;

  expect(backend.submissions.map(({ uid }) => uid)).toEqual(["after"]);
  expect(session.statistics().submitted).toBe(1);
});

it("tells callbacks and events nothing of a batch that is refused", async () => {
  const { session } = openSession(obliging());
  const seen: string[] = [];
  session.registerCallback(({ uid }) => void seen.push(uid));

  await rejectionOf(submitAnything(session, badBatch));

  expect(seen).toEqual([]);
});

it("reserves no uid of a batch that is refused, so that it can be corrected", async () => {
  const { session } = openSession(obliging());
  await rejectionOf(submitAnything(session, badBatch));

  const futures = await session.submitTasks([
    program("twin"),
    program("x"),
    program("hen"),
    program("egg", { dependencies: ["hen"] }),
    program("lost"),
    program("alien"),
    { uid: "both", executable: "work" },
    { uid: "mute", prompt: "Speak." },
    program("eager", { timeoutMs: 1000 }),
    program("innocent"),
  ]);
  const results = await Promise.all(futures);

  expect(results.map(({ state }) => state)).toEqual(results.map(() => "DONE"));
});

it("reserves no uid of a batch whose check throws", async () => {
  const { session } = openSession(obliging());
  const trap = Object.defineProperty({}, "value", {
    enumerable: true,
    get: () => {
      throw new Error("do not look");
    },
  });

  const error = await rejectionOf(submitAnything(session, [{ uid: "a", function: () => 1, args: [trap] }]));
  const [future] = await session.submitTasks([program("a")]);

  expect(error).toMatchObject({ message: "do not look" });
  expect((await future).state).toBe("DONE");
});

it("keeps a refused task object usable: corrected company is enough", async () => {
  const { session } = openSession(obliging());
  const { ComputeTask } = await import("../task/compute-task.ts");
  const good = new ComputeTask(program("good"));

  await rejectionOf(session.submitTasks([good, program("../x")]));
  expect(good.state).toBe("NEW");
  await session.submitTasks([good]);

  expect((await good).state).toBe("DONE");
});

it("lists all that is wrong with one task", async () => {
  const { problems } = await refusal([
    { uid: "a b", executable: "", timeoutMs: 0, priority: "high", retry: { attempts: 0 } },
  ]);

  expect(problems.map(({ message }) => message).join("\n")).toMatch(
    /executable[\s\S]*timeoutMs[\s\S]*priority[\s\S]*retry\.attempts[\s\S]*unsafe/,
  );
  expect(new Set(problems.map(({ index }) => index))).toEqual(new Set([0]));
});

it("does not blame a task for depending on one that is itself invalid", async () => {
  const { problems } = await refusal([
    program("broken", { timeoutMs: -1 }),
    program("fine", { dependencies: ["broken"] }),
  ]);

  expect(problems.map(({ uid }) => uid)).toEqual(["broken"]);
});

it("keeps the message readable with 1,000 problems, and has all of them in `problems`", async () => {
  const { message, problems } = await refusal(Array.from({ length: 1000 }, (_, i) => program(`a/${i}`)));

  expect(problems).toHaveLength(1000);
  expect(message).toContain("1000 tasks are invalid");
  expect(message).toContain("980 more");
  expect(message.length).toBeLessThan(5000);
});

it("keeps the message short when a uid is huge", async () => {
  const { message, problems } = await refusal([program("x".repeat(1_000_000))]);

  expect(problems[0]?.code).toBe("TASK_UID_UNSAFE");
  expect(message.length).toBeLessThan(1000);
});

it("accepts an empty batch", async () => {
  const { session } = openSession();

  expect(await session.submitTasks([])).toEqual([]);
});

it.each([undefined, null, "task", program("alone")])("refuses %j where a list of tasks belongs", async (input) => {
  const { session } = openSession();

  const error = await rejectionOf(session.submitTasks(input as never));

  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: expect.stringContaining("submitTasks") as string });
});
