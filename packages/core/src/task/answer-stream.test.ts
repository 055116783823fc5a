import { describe, expect, it } from "vitest";
import { exitCode1, obliging, openSession, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { AITask } from "./ai-task.ts";
import type { AnswerPiece, AnswerStream } from "./answer-stream.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** Takes any JSON, and wraps what it takes. */
const wrapping: StandardSchema<{ readonly value: unknown }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value: { value } }),
    jsonSchema: { input: () => ({}) },
  },
};

interface Asked {
  readonly prompt?: string | readonly string[];
  readonly retry?: { readonly attempts: number };
  readonly responseSchema?: StandardSchema;
}

async function asked(fields: Asked = {}) {
  const { session, backend } = openSession();
  const task = new AITask({ uid: "a", prompt: "Hello?", stream: true, ...fields });
  await session.submitTasks([task]);
  await backend.submission("a");
  await turn();
  return { session, backend, task };
}

async function all(stream: AnswerStream): Promise<AnswerPiece[]> {
  const pieces: AnswerPiece[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

describe("the stream of an answer", () => {
  it("gives pieces as they come, and ends with the task", async () => {
    const { backend, task } = await asked();
    const stream = task.stream();
    const first = stream.next();

    backend.output("a", "Good ", "response");
    expect(await first).toEqual({ value: { attempt: 1, index: 0, text: "Good " }, done: false });
    backend.output("a", "morning", "response");
    backend.done("a", { response: "Good morning" });

    expect(await all(stream)).toEqual([{ attempt: 1, index: 0, text: "morning" }]);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it("begins at the beginning for whoever comes later, and joins what was not read", async () => {
    const { backend, task } = await asked({ prompt: ["One?", "Two?"] });
    const report = (index: number, text: string) => {
      const { uid, attempt, epoch } = backend.submissions[0]!;
      backend.report([{ uid, attempt, epoch, state: "OUTPUT", stream: "response", index, text }]);
    };
    report(0, "1");
    report(1, "2");
    report(0, "!");
    const stream = task.stream();
    report(1, "?");
    backend.done("a", { response: ["1!", "2?"] });

    expect(await all(stream)).toEqual([
      { attempt: 1, index: 0, text: "1!" },
      { attempt: 1, index: 1, text: "2?" },
    ]);
  });

  it("shows by the attempt that the answer begins anew, and drops what was not read of the former", async () => {
    const { backend, task } = await asked({ retry: { attempts: 2 } });
    const stream = task.stream();
    backend.output("a", "Good", "response");
    expect((await stream.next()).value).toMatchObject({ attempt: 1, text: "Good" });
    backend.output("a", " mor", "response");

    backend.fail("a", exitCode1);
    await backend.submission("a", 2);
    await turn();
    backend.output("a", "Hello", "response");
    backend.done("a", { response: "Hello" });

    expect(await all(stream)).toEqual([{ attempt: 2, index: 0, text: "Hello" }]);
  });

  it.each([
    ["one prompt", "Hello?", "Hi", ["Hi"]],
    ["several", ["One?", "Two?"], ["1", "2"], ["1", "2"]],
  ])("gives the whole answer of a backend that does not stream: %s", async (_, prompt, response, expected) => {
    const { backend, task } = await asked({ prompt });
    const before = all(task.stream());

    backend.done("a", { response });

    expect((await before).map(({ text }) => text)).toEqual(expected);
    expect((await all(task.stream())).map(({ text }) => text)).toEqual(expected);
  });

  it.each<readonly [string, string | readonly string[], unknown, readonly string[], readonly string[]]>([
    ["one prompt", "Hello?", "[1, 2]", ["[1, 2]"], ['{"value":[1,2]}']],
    ["several", ["One?", "Two?"], ["1", '"2"'], ["1", '"2"'], ['{"value":1}', '{"value":"2"}']],
  ])("gives the words of an answer that a schema read, afterwards its value: %s", async (...given) => {
    const [, prompt, response, words, values] = given;
    const { backend, task } = await asked({ prompt, responseSchema: wrapping });
    const before = all(task.stream());

    backend.done("a", { response });

    expect((await before).map(({ text }) => text)).toEqual(words);
    expect((await all(task.stream())).map(({ text }) => text)).toEqual(values);
  });

  it("gives what a schema refused, and shows by the attempt that it does not count", async () => {
    const refusing: StandardSchema = {
      "~standard": {
        ...wrapping["~standard"],
        validate: (value) => (value === 7 ? { value } : { issues: [{ message: "is not 7" }] }),
      },
    };
    const { backend, task } = await asked({ responseSchema: refusing, retry: { attempts: 2 } });
    const stream = task.stream();
    backend.done("a", { response: "6" });
    const first = await stream.next();
    await backend.submission("a", 2);
    await turn();
    backend.done("a", { response: "7" });

    expect(first.value).toEqual({ attempt: 1, index: 0, text: "6" });
    expect(await all(stream)).toEqual([{ attempt: 2, index: 0, text: "7" }]);
  });

  it("ends with nothing for a value of a schema that JSON has no words for", async () => {
    const big: StandardSchema = { "~standard": { ...wrapping["~standard"], validate: () => ({ value: 7n }) } };
    const { backend, task } = await asked({ responseSchema: big });

    backend.done("a", { response: "7" });

    expect((await task).response).toBe(7n);
    expect(await all(task.stream())).toEqual([]);
  });

  it("gives an answer whole that came without pieces, beside one that came in pieces", async () => {
    const { backend, task } = await asked({ prompt: ["One?", "Two?"] });
    const { uid, attempt, epoch } = backend.submissions[0]!;
    backend.report([{ uid, attempt, epoch, state: "OUTPUT", stream: "response", index: 1, text: "2" }]);
    const before = all(task.stream());

    backend.done("a", { response: ["1", "2"] });

    expect((await before).toSorted((a, b) => a.index - b.index).map(({ text }) => text)).toEqual(["1", "2"]);
  });

  it("gives what was said, then throws the failure, once", async () => {
    const { backend, task } = await asked();
    const stream = task.stream();
    backend.output("a", "Good", "response");

    backend.fail("a", { code: "TASK_PROMPT_FAILED", message: "the server is gone" });

    expect((await stream.next()).value).toMatchObject({ text: "Good" });
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "TASK_PROMPT_FAILED" });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it("throws to the first of several who wait, and ends for the others", async () => {
    const { task } = await asked();
    const stream = task.stream();
    const [first, second] = [stream.next(), stream.next()];

    await task.cancel("enough");

    expect(await rejectionOf(first)).toMatchObject({ code: "TASK_CANCELLED", reason: "enough" });
    expect(await second).toEqual({ value: undefined, done: true });
  });

  it("may be left, and the task goes on; others read on", async () => {
    const { backend, task } = await asked();
    const other = task.stream();
    backend.output("a", "Good", "response");

    for await (const { text } of task.stream()) {
      expect(text).toBe("Good");
      break;
    }
    backend.done("a", { response: "Good" });

    expect((await task).response).toBe("Good");
    expect((await all(other)).map(({ text }) => text)).toEqual(["Good"]);
  });

  it("needs a task that was submitted", () => {
    expect(() => new AITask({ prompt: "Hello?" }).stream()).toThrow(
      expect.objectContaining({ code: "TASK_NOT_SUBMITTED" }),
    );
  });

  it("has nothing to give for tasks that are no prompts", async () => {
    const { session } = openSession(obliging({ respond: () => ({ response: [1, 2] }) }));
    const [future] = await session.submitTasks([{ embed: "text" }]);

    expect(await all(future.stream())).toEqual([]);
    expect((await future).response).toEqual([1, 2]);
  });
});
