import { describe, expect, it } from "vitest";
import { exitCode1, openSession, program, submitAnything } from "../__fixtures__/open-session.ts";
import type { ExecutableWork, FunctionWork, TaskSpec } from "../backend/task-spec.ts";
import type { TaskOutcome } from "../backend/task-update.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

/** What the backend is handed for a task whose dependency `source` ended with an outcome. */
async function handed(
  outcome: TaskOutcome,
  describeTask: (source: ComputeTask) => object,
  options: { readonly from?: "function" | "executable" } = {},
): Promise<TaskSpec> {
  const backend = new RecordingBackend({ respond: ({ uid }) => (uid === "source" ? outcome : {}) });
  const { session } = openSession(backend);
  const source =
    options.from === "executable"
      ? new ComputeTask({ uid: "source", executable: "work" })
      : new ComputeTask({ uid: "source", function: () => 1 });
  const [, future] = await submitAnything(session, [source, { uid: "sink", ...describeTask(source) }]);
  await future;
  return backend.submissions[1]!;
}

const identity = (...values: unknown[]): unknown => values;

describe("a task in args", () => {
  it.each([7, "text", null, undefined, { a: 1 }, [1, 2], 7n, Number.NaN, new Uint8Array(2), new Map([[1, 2]])])(
    "stands for the value %o that it gave, as it is",
    async (returnValue) => {
      const { work } = await handed({ returnValue }, (source) => ({ function: identity, args: [source] }));

      expect((work as FunctionWork).args[0]).toBe(returnValue);
    },
  );

  it("is found deep inside, beside values of its own nature", async () => {
    const date = new Date(0);

    const { work } = await handed({ returnValue: 7 }, (source) => ({
      function: identity,
      args: [{ list: [1, { source }], date }, [[source]]],
    }));

    expect((work as FunctionWork).args).toEqual([{ list: [1, { source: 7 }], date: new Date(0) }, [[7]]]);
    expect(((work as FunctionWork).args[0] as { readonly date: Date }).date).toBe(date);
  });

  it("stands for the output of a program", async () => {
    const { work } = await handed({ stdout: "line\n" }, (source) => ({ function: identity, args: [source] }), {
      from: "executable",
    });

    expect((work as FunctionWork).args).toEqual(["line\n"]);
  });

  it("stands for undefined when it failed and the task runs all the same", async () => {
    const backend = new RecordingBackend({ respond: ({ uid }) => (uid === "source" ? { failure: exitCode1 } : {}) });
    const { session } = openSession(backend);
    const source = new ComputeTask({ uid: "source", function: () => 1 });

    const [, sink] = await submitAnything(session, [
      source,
      { uid: "sink", function: identity, args: [source, 1], onDependencyFailure: "run" },
    ]);
    await sink;

    expect((backend.submissions[1]!.work as FunctionWork).args).toEqual([undefined, 1]);
  });

  it("need not be named as a dependency, and may be a future", async () => {
    const { session, backend } = openSession({ respond: ({ uid }) => ({ returnValue: uid }) });
    const [source] = await session.submitTasks([{ uid: "source", function: () => "x" }]);

    const [sink] = await session.submitTasks([{ uid: "sink", function: identity, args: [source, source] }]);
    await sink;

    expect((backend.submissions[1]!.work as FunctionWork).args).toEqual(["source", "source"]);
  });

  it("may be one of many thousands", async () => {
    const { session, backend } = openSession({ respond: ({ uid }) => ({ returnValue: uid }) });
    const sources = await session.submitTasks(
      Array.from({ length: 20_000 }, (_, i) => ({ uid: `t${i}`, function: () => i })),
    );

    const [sink] = await session.submitTasks([{ uid: "sink", function: (all: unknown[]) => all, args: [sources] }]);
    await sink;

    expect((backend.submissions.at(-1)!.work as FunctionWork).args[0]).toEqual(sources.map(({ uid }) => uid));
  });
});

describe("a task in arguments", () => {
  it.each([
    ["text\n", "text"],
    ["text\n\n\n", "text"],
    ["a\nb\n", "a\nb"],
    ["a\r\n", "a\r"],
    [" padded ", " padded "],
    ["", ""],
    ["\n", ""],
    [7, "7"],
    [true, "true"],
    [null, "null"],
    [undefined, ""],
    [12345678901234567890n, "12345678901234567890"],
    [{ a: [1] }, '{"a":[1]}'],
    [new TextEncoder().encode("bytes\n"), "bytes"],
    ["ünï", "ünï"],
  ])("stands for %o as the text %j", async (returnValue, text) => {
    const { work } = await handed({ returnValue }, (source) => ({ executable: "work", arguments: ["-x", source] }));

    expect((work as ExecutableWork).arguments).toEqual(["-x", text]);
  });

  it("stands for a text with a long run of newlines inside, in no time", async () => {
    const text = `${"\n".repeat(300_000)}x`;

    const { work } = await handed({ returnValue: text }, (source) => ({ executable: "work", arguments: [source] }));

    expect((work as ExecutableWork).arguments).toEqual([text]);
  });

  it("stands for a program's output without its last newline, as in a shell", async () => {
    const { work } = await handed(
      { stdout: "/data/a b.csv\n" },
      (source) => ({ executable: "cat", arguments: [source] }),
      {
        from: "executable",
      },
    );

    expect((work as ExecutableWork).arguments).toEqual(["/data/a b.csv"]);
  });

  it.each([
    ["a NUL character", "a\0b"],
    ["no JSON form", { big: 7n }],
    [
      "itself",
      (() => {
        const ring: unknown[] = [];
        ring.push(ring);
        return ring;
      })(),
    ],
  ])("that contains %s fails the task, and only that", async (_, returnValue) => {
    const { session, backend } = openSession({ respond: () => ({ returnValue }) });
    const source = new ComputeTask({ uid: "source", function: () => 1 });

    const [, bad, good] = await session.submitTasks([
      source,
      program("bad", { arguments: [source] }),
      program("good", { dependencies: [source] }),
    ]);

    await expect(bad).rejects.toMatchObject({
      code: "TASK_ARGUMENTS_INVALID",
      cause: expect.any(TypeError) as unknown,
    });
    expect((await good).state).toBe("DONE");
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["source", "good"]);
  });

  it("gives other arguments as text: numbers, truth values", async () => {
    const { session, backend } = openSession({ respond: () => ({}) });

    const [future] = await session.submitTasks([program("a", { arguments: ["x", 1.5, -0, true, 7n, 1e21] })]);
    await future;

    expect((backend.submissions[0]!.work as ExecutableWork).arguments).toEqual(["x", "1.5", "0", "true", "7", "1e+21"]);
  });
});

describe("stdin", () => {
  const text = (work: unknown): string | undefined => {
    const { stdin } = work as ExecutableWork;
    return stdin === undefined ? undefined : new TextDecoder().decode(stdin);
  };

  it.each([
    ["text\n", "text\n"],
    ["", ""],
    [undefined, ""],
    [{ a: 1 }, '{"a":1}'],
    [new TextEncoder().encode("bytes\n"), "bytes\n"],
    ["a\0b", "a\0b"],
  ])("from a task that gave %o is %j, newlines included", async (returnValue, expected) => {
    const { work } = await handed({ returnValue }, (source) => ({ executable: "work", stdin: source }));

    expect(text(work)).toBe(expected);
  });

  it("from text is its UTF-8 bytes, and from bytes the bytes", async () => {
    const { session, backend } = openSession({ respond: () => ({}) });
    const bytes = new Uint8Array([0, 255, 10]);

    await Promise.all(
      await session.submitTasks([program("a", { stdin: "ü\n" }), program("b", { stdin: bytes }), program("c")]),
    );

    const [a, b, c] = backend.submissions.map(({ work }) => (work as ExecutableWork).stdin);
    expect(a).toEqual(new Uint8Array([0xc3, 0xbc, 10]));
    expect(b).toEqual(bytes);
    expect(c).toBeUndefined();
  });
});

it("counts no attempt for a task that was never handed over", async () => {
  const { session } = openSession({ respond: () => ({ returnValue: "a\0b" }) });
  const source = new ComputeTask({ uid: "source", function: () => 1 });

  const [, bad] = await session.submitTasks([source, program("bad", { arguments: [source] })]);
  const result = await bad.settled();

  expect(result.attempts).toBe(0);
  expect(result).not.toHaveProperty("backend");
});
