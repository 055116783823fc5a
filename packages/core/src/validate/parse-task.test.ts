import { describe, expect, it } from "vitest";
import { obliging, openSession, problemsOf, submitAnything } from "../__fixtures__/open-session.ts";
import type { TaskSpec } from "../backend/task-spec.ts";
import type { TaskProblem } from "../errors/task-validation-error.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { moduleFunction } from "../task/function-reference.ts";
import type { TaskDefaults } from "./task-defaults.ts";

const flawsOf = (input: unknown): Promise<readonly TaskProblem[]> => problemsOf([input]);

/** What a backend is handed for a description. */
async function specOf(input: unknown, defaults?: TaskDefaults): Promise<TaskSpec> {
  const { session, backend } = openSession(obliging(), { defaults });
  const [future] = await submitAnything(session, [input]);
  await future;
  return backend.submissions[0]!;
}

describe("uids", () => {
  it.each(["", ".", "..", "a/b", "a\\b", "a b", "ä", "a\0b", "a\n", "x".repeat(129), "-/..", "a:b"])(
    "refuses %j",
    async (uid) => {
      expect(await flawsOf({ uid, executable: "work" })).toMatchObject([{ code: "TASK_UID_UNSAFE" }]);
    },
  );

  it.each(["a", "...", "-", "task.000001", "A_b-c.9", "x".repeat(128)])("accepts %j", async (uid) => {
    expect(await specOf({ uid, executable: "work" })).toMatchObject({ uid });
  });

  it.each([7, null, {}, ["a"]])("refuses %j, which is no text", async (uid) => {
    expect(await flawsOf({ uid, executable: "work" })).toMatchObject([{ code: "TASK_FIELD_INVALID" }]);
  });

  it("gives a description without one a uid of its own", async () => {
    const { uid: first } = await specOf({ executable: "work" });
    const { uid: second } = await specOf({ executable: "work" });

    expect(first).toMatch(/^task\.\d{6,}$/);
    expect(second).not.toBe(first);
  });
});

describe("the kind of work", () => {
  it.each<[object, string]>([
    [{}, "none"],
    [{ executable: "work", function: () => 1 }, "executable and function"],
    [{ executable: "work", prompt: "Hi" }, "executable and prompt"],
    [{ function: () => 1, prompt: "Hi" }, "function and prompt"],
    [{ executable: "work", function: () => 1, prompt: "Hi" }, "executable and function and prompt"],
  ])("must be exactly one: %o", async (description, found) => {
    const flaws = await flawsOf({ uid: "a", ...description });

    expect(flaws).toEqual([
      {
        index: 0,
        uid: "a",
        code: "TASK_FIELD_INVALID",
        message: `give exactly one of executable, function, prompt and embed; found ${found}`,
      },
    ]);
  });

  it.each([undefined, null, 7, "work", true, Symbol("work"), () => 1])("cannot come from %s", async (input) => {
    expect(await flawsOf(input)).toMatchObject([{ code: "TASK_FIELD_INVALID" }]);
  });

  it("cannot come from a list", async () => {
    expect(await flawsOf(["work"])).not.toEqual([]);
  });
});

describe("fields", () => {
  it.each([
    ["timeoutMs", 0],
    ["timeoutMs", -1],
    ["timeoutMs", Number.NaN],
    ["timeoutMs", Infinity],
    ["timeoutMs", "5"],
    ["queueTimeoutMs", 0],
    ["queueTimeoutMs", Infinity],
    ["priority", Number.NaN],
    ["priority", "high"],
    ["backend", ""],
    ["backend", 7],
    ["dependencies", "a"],
    ["dependencies", [7]],
    ["dependencies", [null]],
    ["dependencies", [{ uid: "a" }]],
    ["onDependencyFailure", "ignore"],
    ["environment", { A: 1 }],
    ["environment", { "": "x" }],
    ["environment", { "A=B": "x" }],
    ["environment", { A: "x\0y" }],
    ["environment", { "A\0": "x" }],
    ["environment", ["A=x"]],
    ["workingDirectory", ""],
    ["workingDirectory", "/a\0b"],
    ["resources", { cores: -1 }],
    ["resources", { cores: Number.NaN }],
    ["resources", { ranks: 0 }],
    ["resources", { ranks: 1.5 }],
    ["resources", { nodes: 0 }],
    ["resources", { gpu: 1 }],
    ["retry", { attempts: 0 }],
    ["retry", { attempts: 1.5 }],
    ["retry", {}],
    ["retry", 3],
    ["retry", { attempts: 2, delayMs: -1 }],
    ["retry", { attempts: 2, factor: 0.5 }],
    ["retry", { attempts: 2, jitter: 1.1 }],
    ["retry", { attempts: 2, retryIf: "always" }],
    ["executable", ""],
    ["executable", "a\0b"],
    ["arguments", "--help"],
    ["arguments", ["a\0b"]],
    ["arguments", [null]],
    ["arguments", [{}]],
    ["arguments", [["nested"]]],
    ["stdin", 7],
    ["capture", "disk"],
    ["maxOutputBytes", -1],
    ["maxOutputBytes", 0.5],
    ["metadata", "note"],
    ["backendOptions", 7],
  ])("refuses %s: %j", async (field, value) => {
    const flaws = await flawsOf({ uid: "a", executable: "work", [field]: value });

    expect(flaws).not.toEqual([]);
    expect(flaws.every(({ code, message }) => code === "TASK_FIELD_INVALID" && message.includes(field))).toBe(true);
  });

  it.each([
    ["function", 7],
    ["function", { kind: "module" }],
    ["function", { kind: "python", module: "", name: "f" }],
    ["args", 7],
    ["args", "abc"],
  ])("of a function: refuses %s: %j", async (field, value) => {
    const flaws = await flawsOf({ uid: "a", function: () => 1, [field]: value });

    expect(flaws.map(({ message }) => message).join()).toContain(field);
  });

  it.each([
    ["prompt", ""],
    ["prompt", []],
    ["prompt", [""]],
    ["prompt", 7],
    ["prompt", [{ role: "villain", content: "Hi" }]],
    ["prompt", ["Hi", { role: "user", content: "Hi" }]],
    ["temperature", -0.1],
    ["topP", 1.1],
    ["topK", 0],
    ["maxTokens", 0],
    ["presencePenalty", 3],
    ["model", ""],
    ["stream", "yes"],
  ])("of a prompt: refuses %s: %j", async (field, value) => {
    const flaws = await flawsOf({ uid: "a", prompt: "Hi", [field]: value });

    expect(flaws.map(({ message }) => message).join()).toContain(field);
  });

  it("written in snake_case are refused with the right spelling", async () => {
    expect(
      await flawsOf({ uid: "a", executable: "work", working_directory: "/tmp", on_dependency_failure: "run" }),
    ).toMatchObject([
      { code: "TASK_FIELD_INVALID", message: "unknown field working_directory: write workingDirectory" },
      { code: "TASK_FIELD_INVALID", message: "unknown field on_dependency_failure: write onDependencyFailure" },
    ]);
  });

  it("that are unknown are refused by name", async () => {
    expect(await flawsOf({ uid: "a", executable: "work", colour: "red" })).toMatchObject([
      { code: "TASK_FIELD_INVALID", message: "unknown field colour" },
    ]);
  });

  it("of another kind of work are refused", async () => {
    expect(await flawsOf({ uid: "a", executable: "work", temperature: 1 })).toMatchObject([
      { message: expect.stringContaining("temperature") as string },
    ]);
  });

  it("that are undefined count as absent, known or not", async () => {
    const description = { uid: "a", executable: "work", function: undefined, timeoutMs: undefined, colour: undefined };

    expect(await flawsOf(description)).toEqual([]);
  });
});

describe("what a backend is handed", () => {
  it("does not change when the description does after submission", async () => {
    const { session, backend } = openSession(obliging());
    const description = { uid: "a", executable: "work", arguments: ["one"], environment: { A: "1" } };

    const [future] = await session.submitTasks([description]);
    description.arguments.push("two");
    description.environment.A = "2";
    await future;

    expect(backend.submissions[0]).toMatchObject({ work: { arguments: ["one"] }, environment: { A: "1" } });
  });

  it("has the sampling options that were given, and no others", async () => {
    const { work } = await specOf({ uid: "a", prompt: "Hi", temperature: 0, seed: undefined });

    expect(work).toEqual({ kind: "prompt", prompt: "Hi", sampling: { temperature: 0 }, stream: false });
  });

  it("is the same for a task object as for its description", async () => {
    const description = { uid: "a", executable: "work", priority: 3, backendOptions: { mine: 1 }, metadata: { b: 2 } };

    expect(await specOf(new ComputeTask(description))).toEqual(await specOf(description));
  });

  it("has a task object's uid, given or not", async () => {
    const task = new ComputeTask({ executable: "work" });

    expect(await specOf(task)).toMatchObject({ uid: task.uid, name: task.uid });
  });

  it("has the reference to a module's function", async () => {
    const call = moduleFunction<{ simulate: () => number }>("file:///sim.js", "simulate");

    expect(await specOf({ uid: "a", function: call })).toMatchObject({ work: { kind: "function", function: call } });
  });
});

describe("a session's defaults", () => {
  it("fill what a task leaves out, and only that", async () => {
    const spec = await specOf(
      { uid: "a", executable: "work", priority: 0, capture: "file" },
      { timeoutMs: 5, priority: 1, capture: "none", maxOutputBytes: 9, workingDirectory: "/data" },
    );

    expect(spec).toMatchObject({ timeoutMs: 5, priority: 0, workingDirectory: "/data" });
    expect(spec.work).toMatchObject({ capture: "file", maxOutputBytes: 9 });
  });

  it("put their environment under a task's", async () => {
    const spec = await specOf(
      { uid: "a", executable: "work", environment: { B: "own" } },
      { environment: { A: "default", B: "default" } },
    );

    expect(spec.environment).toEqual({ A: "default", B: "own" });
  });

  it("do not change when the object given does afterwards", async () => {
    const defaults = { environment: { A: "before" } };
    const { session, backend } = openSession(obliging(), { defaults });

    defaults.environment.A = "after";
    const [future] = await session.submitTasks([{ uid: "a", executable: "work" }]);
    await future;

    expect(backend.submissions[0]!.environment).toEqual({ A: "before" });
  });
});
