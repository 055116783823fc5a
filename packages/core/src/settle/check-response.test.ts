import { describe, expect, it } from "vitest";
import * as z from "zod";
import { obliging, openSession, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { Session } from "../session/session.ts";
import { AITask } from "../task/ai-task.ts";
import type { StandardSchema } from "../task/standard-schema.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

const Score = z.object({ score: z.number(), why: z.string().default("") });

/** A schema of a library that knows no JSON Schema. */
const plain: StandardSchema<number> = {
  "~standard": { version: 1, vendor: "plain", validate: (value) => ({ value: Number(value) }) },
};

const answering = (...responses: unknown[]): RecordingBackend =>
  obliging({ respond: () => ({ response: responses.shift() }) });

describe("an answer with a schema", () => {
  it.each(['{"score": 7}', '```json\n{"score": 7}\n```', { score: 7 }])(
    "is what the schema makes of %j",
    async (response) => {
      const { session } = openSession(answering(response));

      const [future] = await session.submitTasks([{ prompt: "How good?", responseSchema: Score }]);

      expect(await future).toMatchObject({ response: { score: 7, why: "" }, returnValue: { score: 7, why: "" } });
    },
  );

  it("of several is checked one by one", async () => {
    const { session } = openSession(answering(["1", "2"], ["1", '"x"']));
    const task = { prompt: ["One?", "Two?"], responseSchema: z.number() };

    const [well, badly] = await session.submitTasks([task, task]);

    expect((await well).response).toEqual([1, 2]);
    expect(await rejectionOf(badly)).toMatchObject({
      code: "TASK_RESPONSE_INVALID",
      message: expect.stringContaining("answer 1 is not what its responseSchema asks for") as string,
    });
  });

  it("says so when it was cut short", async () => {
    const inference = { finishReasons: ["length"] };
    const { session } = openSession(obliging({ respond: () => ({ response: '{"score": 0.33', inference }) }));

    const [future] = await session.submitTasks([{ prompt: "How good?", responseSchema: Score }]);

    expect(await rejectionOf(future)).toMatchObject({
      message: expect.stringContaining("the answer, which was cut at `maxTokens`, is no JSON") as string,
    });
  });

  it.each([
    ["I would say seven", /the answer is no JSON, as its responseSchema asks for; it was: I would say seven/],
    ['{"score": "high"}', /score: .*number.*; it was: \{"score": "high"\}/],
    ['{\n\t"score" :\n\n"high"', /; it was: \{ "score" : "high"$/],
    [undefined, /it was: nothing/],
    ["x".repeat(10_000), /x{200}…$/],
  ])("fails when it is not what the schema asks for: %j", async (response, message) => {
    const { session } = openSession(
      obliging({ respond: () => ({ response, usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 } }) }),
    );

    const [future] = await session.submitTasks([{ prompt: "How good?", responseSchema: Score }]);

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_RESPONSE_INVALID",
      message: expect.stringMatching(message) as string,
    });
    expect(future.result).toMatchObject({ state: "FAILED", usage: { totalTokens: 3 } });
    expect(future.result).not.toHaveProperty("response");
  });

  it("is asked for again as the retry policy says", async () => {
    const { session } = openSession(answering("seven", "7"));

    const [future] = await session.submitTasks([{ prompt: "?", responseSchema: z.number(), retry: { attempts: 2 } }]);

    expect(await future).toMatchObject({ response: 7, attempts: 2 });
  });

  it.each([
    ["checks asynchronously", z.string().refine(async () => true), /asynchronously/],
    [
      "throws",
      {
        "~standard": {
          ...plain["~standard"],
          validate: () => {
            throw new Error("mine");
          },
        },
      },
      /mine/,
    ],
  ])("fails when the schema %s", async (_, responseSchema, message) => {
    const { session } = openSession(answering('"x"'));

    const [future] = await session.submitTasks([{ prompt: "?", responseSchema, jsonSchema: false }]);

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_RESPONSE_INVALID",
      message: expect.stringMatching(message) as string,
    });
  });
});

describe("the JSON schema that guides a model", () => {
  const given = { type: "number" };

  it.each([
    [
      "what the schema says it takes",
      { responseSchema: Score },
      { properties: { score: { type: "number" } }, required: ["score"] },
    ],
    ["the user's own", { responseSchema: plain, jsonSchema: given }, given],
    ["the user's own, without a check", { jsonSchema: given }, given],
    ["none when the user says so", { responseSchema: plain, jsonSchema: false as const }, undefined],
    ["none by itself", {}, undefined],
  ])("is %s", async (_, fields, expected) => {
    const { session, backend } = openSession(answering("1"));

    const [future] = await session.submitTasks([{ prompt: "?", ...fields }]);
    await future.settled();

    const { jsonSchema } = backend.submissions[0]!.work as { readonly jsonSchema?: unknown };
    expect({ jsonSchema }).toMatchObject({ jsonSchema: expected });
  });

  it.each([
    [
      "that does not know JSON Schema",
      plain,
      /plain do not say in JSON Schema.*give `jsonSchema` beside it, or `jsonSchema: false`/,
    ],
    ["of which there is no JSON schema", z.date(), /cannot be said in JSON Schema \(.*\): give `jsonSchema`/],
    ["that is none", { type: "object" } as never, /must be a schema of a library that follows Standard Schema/],
  ])("is missed of a schema %s", async (_, responseSchema, message) => {
    const { session } = openSession();

    const refused = await rejectionOf(session.submitTasks([{ prompt: "?", responseSchema }]));

    expect(refused).toMatchObject({
      problems: [{ code: "TASK_FIELD_INVALID", message: expect.stringMatching(message) as string }],
    });
  });
});

it("what a model is asked besides reaches the backend, and what it tells besides reaches the result", async () => {
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }] as const;
  const inference = {
    finishReasons: ["tool_calls"],
    toolCalls: [[{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }]],
    latencyMs: 12,
  } as const;
  const { session, backend } = openSession(obliging({ respond: () => ({ response: "", inference }) }));
  const prompt = [
    { role: "assistant", content: null, tool_calls: inference.toolCalls[0] },
    { role: "tool", content: "rain", tool_call_id: "1" },
  ] as const;
  const task = new AITask({ prompt, tools, toolChoice: "auto", logprobs: 2 });

  await session.submitTasks([task]);
  await task;

  expect(backend.submissions[0]?.work).toMatchObject({ prompt, sampling: { tools, toolChoice: "auto", logprobs: 2 } });
  expect(task.inference).toEqual(inference);
});

describe("embeddings", () => {
  it("reach the backend as work of their own, computed from results, too", async () => {
    const { session, backend } = openSession(
      obliging({ respond: ({ work }) => (work.kind === "embedding" ? { response: [[1, 2]] } : { stdout: "text" }) }),
    );
    const [list] = await session.submitTasks([{ executable: "ls" }]);
    const [future] = await session.submitTasks([
      {
        embed: ({ results: [first] }) => [(first as { stdout: string }).stdout],
        dependencies: [list],
        model: "m",
        dimensions: 2,
        parameters: { user: "me" },
      },
    ]);

    expect((await future).returnValue).toEqual([[1, 2]]);
    expect(backend.submissions[1]?.work).toEqual({
      kind: "embedding",
      input: ["text"],
      model: "m",
      dimensions: 2,
      parameters: { user: "me" },
    });
  });

  it.each([
    [{ embed: "" }, /embed: must not be empty/],
    [{ embed: [] }, /embed: must not be empty/],
    [{ embed: "text", dimensions: 0 }, /dimensions/],
    [{ embed: "text", temperature: 1 }, /unknown field temperature/],
    [{ embed: "text", prompt: "?" }, /exactly one of/],
  ])("refuse %j", async (description, message) => {
    const refused = await rejectionOf(openSession().session.submitTasks([description as never]));

    expect(refused).toMatchObject({ problems: [{ message: expect.stringMatching(message) as string }] });
  });

  it("fail when their function gives no text", async () => {
    const [future] = await openSession().session.submitTasks([{ embed: () => 7 as never }]);

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_ARGUMENTS_INVALID" });
  });

  it("go to no backend that only answers prompts", async () => {
    const session = sessionOf({ backends: [new RecordingBackend({ capabilities: { taskKinds: ["prompt"] } })] });

    expect(await rejectionOf(session.submitTasks([{ embed: "text" }]))).toMatchObject({
      problems: [
        {
          code: "TASK_NO_COMPATIBLE_BACKEND",
          message: expect.stringContaining("it runs no embeddings (only prompts)") as string,
        },
      ],
    });
  });
});

describe("with a journal", () => {
  it("answers and how they came about are there again after a resume, and in a cache", async () => {
    const journal = new MemoryJournal();
    const inference = { finishReasons: ["stop"], timeToFirstTokenMs: 3, replica: "http://a" };
    const backend = obliging({
      respond: ({ work }) => (work.kind === "embedding" ? { response: [0.5] } : { response: "7", inference }),
    });
    const first = sessionOf({ backends: [backend], journal });
    const descriptions = [
      { uid: "a", prompt: "?", responseSchema: z.number(), cache: true as const },
      { uid: "b", embed: "text", cache: true as const },
    ] as const;
    await Promise.all(await first.submitTasks(descriptions));
    await first.close();

    const session = await Session.resume(journal, { backends: [obliging()], handleInterrupt: false });
    const again = await session.submitTasks([
      ...descriptions,
      { ...descriptions[0], uid: "c" },
      { ...descriptions[1], uid: "d" },
      { uid: "e", prompt: "?", responseSchema: z.string(), jsonSchema: { type: "string" }, cache: true },
    ]);
    const results = await session.waitTasks(again);
    await session.close();

    expect(results).toMatchObject([
      { response: 7, inference },
      { response: [0.5] },
      { response: 7, inference, cached: true },
      { response: [0.5], cached: true },
      { state: "FAILED", error: { code: "TASK_RESPONSE_INVALID" } },
    ]);
  });

  it("a schema is given again to a task that is resumed", async () => {
    const journal = new MemoryJournal();
    const first = sessionOf({ backends: [new RecordingBackend()], journal });
    await first.submitTasks([{ uid: "a", prompt: "?", responseSchema: z.number(), jsonSchema: false }]);
    await first.close();
    const backends = [answering("7")];

    expect(await rejectionOf(Session.resume(journal, { backends, handleInterrupt: false }))).toMatchObject({
      problems: [
        {
          code: "TASK_FUNCTION_UNBOUND",
          message: expect.stringContaining(
            'responseSchema of task a is a schema, which a journal cannot keep: resume with functions: { "a.responseSchema": … }',
          ) as string,
        },
      ],
    });
    const functions = { "a.responseSchema": z.number() };
    const session = await Session.resume(journal, { backends, functions, handleInterrupt: false });
    const [result] = await session.waitTasks(["a"]);
    await session.close();

    expect(result).toMatchObject({ state: "DONE", response: 7 });
    expect(backends[0]?.submissions[0]?.work).not.toHaveProperty("jsonSchema");
  });
});
