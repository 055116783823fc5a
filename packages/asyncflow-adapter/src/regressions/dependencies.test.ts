import { rejectionOf } from "@rhapsody-internal/fixtures";
import { ComputeTask } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { TaskFailedError } from "../errors/task-errors.ts";

describe("the body of a program or prompt", () => {
  it("runs once its arguments have values, and never sees a handle (W14)", async () => {
    const { flow, backend } = await recordingEngine({
      respond: ({ work }) => (work.kind === "prompt" ? { response: "short" } : { stdout: "long text\n", exitCode: 0 }),
    });
    const seen: unknown[] = [];
    const cat = flow.executableTask((part: number) => `cat part-${part}`);
    const summarize = flow.promptTask((text: string, about: { readonly who: readonly string[] }) => {
      seen.push(text, about);
      return `Summarize for ${about.who.join()}: ${text}`;
    });

    const answer = await summarize(cat(1), { who: [cat(2)] });

    expect(answer).toBe("short");
    expect(seen).toEqual(["long text\n", { who: ["long text\n"] }]);
    expect(backend.submissions.map(({ work }) => work)).toMatchObject([
      { kind: "executable", executable: "cat", arguments: ["part-1"] },
      { kind: "executable", executable: "cat", arguments: ["part-2"] },
      { kind: "prompt", prompt: "Summarize for long text\n: long text\n" },
    ]);
  });

  it("may await, while calls that depend on it are made (W15)", async () => {
    const flow = await localEngine();
    const echo = flow.executableTask(async (text: string) => {
      await new Promise(setImmediate);
      return { executable: "echo", arguments: [text] };
    });

    const length = flow.functionTask((text: string) => text.length)(echo("four"));

    expect(await length).toBe(5);
  });

  it.each([
    ["throws", () => expect.fail("no such part"), "no such part"],
    ["gives nothing", () => "  ", "must return a command line"],
    ["leaves a quote open", () => "echo 'x", "quote"],
    ["gives undefined", () => undefined as unknown as string, "must return a command line"],
  ])("fails its dependents with the reason when it %s (W16)", async (_, body, reason) => {
    const flow = await localEngine();
    const program = flow.executableTask(body)();

    const dependent = flow.functionTask((text: string) => text)(program);

    const why = expect.objectContaining({ message: expect.stringContaining(reason) as string }) as unknown;
    expect(await rejectionOf(program)).toMatchObject({ code: "FLOW_TASK_FAILED", failure: "TASK_ARGUMENTS_INVALID" });
    expect(await rejectionOf(dependent)).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      path: [program.uid],
      rootCause: why,
    });
  });
});

describe("handles", () => {
  it("stand for values at any depth, beside futures of the session (W17)", async () => {
    const flow = await localEngine();
    const one = flow.functionTask(() => 1);
    const direct = new ComputeTask({ function: () => 2 });
    const [submitted] = await flow.session.submitTasks([direct]);
    const flat = flow.functionTask((given: readonly (number | { readonly n: readonly number[] })[]) =>
      given.flatMap((part) => (typeof part === "number" ? part : part.n)),
    );

    expect(await flat([one(), direct, submitted, { n: [one(), 3] }])).toEqual([1, 2, 2, 1, 3]);
  });

  it("can be gathered and mapped over, also when the length is not known yet (W17)", async () => {
    const flow = await localEngine();
    const double = flow.functionTask((n: number) => 2 * n);
    const list = flow.functionTask(() => [1, 2, 3])();

    const both = flow.gather([double.map(list), double.map([list.pick(0), 5])]);

    expect(await both).toEqual([
      [2, 4, 6],
      [2, 10],
    ]);
  });

  it("may stand in named arguments and more than once, and count once (W18)", async () => {
    const flow = await localEngine();
    const one = flow.functionTask(() => 1)();
    const sum = flow.functionTask((given: { a: number; b: number }, c: number) => given.a + given.b + c);

    const total = sum({ a: one, b: one }, one);

    expect(await total).toBe(3);
    expect(flow.graph().edges).toEqual([{ from: one.uid, to: total.uid }]);
  });
});

describe("a failure far up", () => {
  it("reaches every dependent with what began it and the way there, by uid (W19)", async () => {
    const flow = await localEngine();
    const fault = new RangeError("out of range");
    const pass = flow.functionTask((n: number) => n);
    const first = flow.functionTask((): number => {
      throw fault;
    })();
    const second = pass(first);
    const third = pass(second);

    expect(await rejectionOf(third)).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      rootCause: fault,
      cause: fault,
      path: [second.uid, first.uid],
      failedDependencies: [second.uid],
    });
    expect(await rejectionOf(first)).toBeInstanceOf(TaskFailedError);
  });

  it("names all that had failed by then, not only the first (W19)", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask((...given: number[]) => given.length);
    const [a, b, c] = [task(), task(), task()];
    const all = flow.functionTask((...given: number[]) => given.length, { when: "oneSuccess" })(a, b, c);
    await backend.submission(c.uid);

    for (const { uid } of [a, b, c]) backend.fail(uid, { code: "TASK_FUNCTION_THREW", message: `${uid} threw` });

    expect(await rejectionOf(all)).toMatchObject({ failedDependencies: [a.uid, b.uid, c.uid] });
  });

  it("leaves what does not depend on it alone (W19)", async () => {
    const flow = await localEngine();
    const pass = flow.functionTask((n: number) => n);
    const bad = flow.functionTask((): number => expect.fail("bad"))();

    const outcomes = await Promise.all([pass(bad), pass(pass(1))].map((handle) => handle.settled()));

    expect(outcomes).toMatchObject([{ ok: false }, { ok: true, value: 1 }]);
  });
});
