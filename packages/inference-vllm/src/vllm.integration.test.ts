import { sharedVllm, VLLM_START_MS } from "@rhapsody-internal/engines";
import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { AITask, type StandardSchema } from "@rhapsody/core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { workOnVllm } from "./__fixtures__/work-on-vllm.ts";
import { VllmInferenceBackend, type AttachOptions } from "./index.ts";

let url = "";
beforeAll(async () => {
  ({ url } = await sharedVllm());
}, VLLM_START_MS);

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** A backend whose prompts the model continues: "ab" by "cdef…z", "1" by "23456…" for ever. */
const texts = (options: Partial<AttachOptions> = {}): VllmInferenceBackend =>
  new VllmInferenceBackend({ servers: url, prompts: "text", ...options });

describe("prompts on vLLM", () => {
  it("answers 256 at once, each its own prompt", async () => {
    const letters = ALPHABET.slice(0, 16).split("");
    const tasks = Array.from(
      { length: 256 },
      (_, index) => new AITask({ prompt: letters[index % 16] ?? "", maxTokens: 100 }),
    );
    await openSession(texts()).submitTasks(tasks);

    const answers = await Promise.all(tasks);

    expect(answers.map(({ response }) => response)).toEqual(tasks.map((_, index) => ALPHABET.slice((index % 16) + 1)));
    expect(answers[0]?.usage).toEqual({ promptTokens: 1, completionTokens: 26, totalTokens: 27 });
  });

  it("answers as many in lists, those that go together without a count of their own", async () => {
    const tasks = Array.from(
      { length: 64 },
      (_, index) => new AITask({ prompt: ALPHABET[index % 26] ?? "", maxTokens: 3 }),
    );
    await openSession(texts({ maxBatchSize: 16, maxBatchWaitMs: 5 })).submitTasks(tasks);

    const answers = await Promise.all(tasks);

    expect(answers.map(({ response }) => response)).toEqual(
      tasks.map((_, index) => ALPHABET.slice((index % 26) + 1, (index % 26) + 4)),
    );
    expect(answers[0]?.usage).toBeUndefined();
  });

  it("keeps the order of several prompts, and adds up what the server counted", async () => {
    const task = new AITask({ prompt: ["x", "ab", "1"], maxTokens: 30 });
    await openSession(texts()).submitTasks([task]);

    const { response, usage, inference } = await task;

    expect(response).toEqual(["yz", ALPHABET.slice(2), "234567890123456789012345678901"]);
    // The end of an answer is a token too.
    expect(usage).toEqual({ promptTokens: 4, completionTokens: 3 + 25 + 30, totalTokens: 62 });
    expect(inference?.finishReasons).toEqual(["stop", "stop", "length"]);
  });

  it("stops where it is told, keeps to a seed, gives log probabilities", async () => {
    const task = new AITask({
      prompt: "a",
      stop: "g",
      seed: 7,
      temperature: 0.5,
      logprobs: 1,
      parameters: { min_p: 0.1 },
    });
    await openSession(texts()).submitTasks([task]);

    const { response, inference } = await task;

    expect(response).toBe("bcdef");
    expect(inference?.logprobs).toMatchObject([{ tokens: ["b", "c", "d", "e", "f", "g"] }]);
  });

  it("asks chats, with a system prompt", async () => {
    const task = new AITask({ prompt: [{ role: "user", content: "hello" }], systemPrompt: "Be brief." });
    await openSession(new VllmInferenceBackend({ servers: url })).submitTasks([task]);

    expect((await task).response).toBe(ALPHABET);
  });

  it("streams pieces that add up to the answer, with its count", async () => {
    const task = new AITask({ prompt: ["1", "a"], maxTokens: 20, stream: true });
    await openSession(texts()).submitTasks([task]);

    const said = ["", ""];
    for await (const { index, text } of task.stream()) said[index] += text;
    const { response, usage, inference } = await task;

    expect(said).toEqual(["23456789012345678901", ALPHABET.slice(1, 21)]);
    expect(response).toEqual(said);
    expect(usage?.completionTokens).toBe(40);
    expect(inference?.timeToFirstTokenMs).toBeGreaterThan(0);
  });

  it("is guided by a schema, whose type the answer has", async () => {
    const Verdict: StandardSchema<{ readonly ok: boolean }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => ({ value: value as { readonly ok: boolean } }),
        jsonSchema: {
          input: () => ({
            type: "object",
            properties: { ok: { type: "boolean" } },
            required: ["ok"],
            additionalProperties: false,
          }),
        },
      },
    };
    const inChat = new AITask({
      prompt: "Is it?",
      responseSchema: Verdict,
      maxTokens: 500,
      backendOptions: { vllm: { prompts: "chat" } },
    });
    const inText = new AITask({ prompt: "Is it? ", responseSchema: Verdict, maxTokens: 500 });
    await openSession(texts()).submitTasks([inChat, inText]);

    for (const task of [inChat, inText]) expect([true, false]).toContain((await task).returnValue.ok);
  });
});

describe("failures on vLLM", () => {
  it.each([
    ["an answer beyond the context", { prompt: "1", maxTokens: 1_000_000 }, "INFERENCE_CONTEXT_OVERFLOW"],
    ["a schema that is none", { prompt: "1", jsonSchema: { type: "nonsense" } }, "INFERENCE_BAD_REQUEST"],
  ] as const)("tells %s, in the server's words", async (_case, options, code) => {
    const task = new AITask(options);
    await openSession(texts()).submitTasks([task]);

    expect(await rejectionOf(task)).toMatchObject({
      code: "TASK_PROMPT_FAILED",
      cause: { code, status: expect.any(Number) as number },
    });
  });

  it("tells a model that is not there, and which is", async () => {
    const task = new AITask({ prompt: "1", model: "llama-3" });
    await openSession(texts()).submitTasks([task]);

    const error = await rejectionOf(task);

    expect(error).toMatchObject({ code: "TASK_PROMPT_FAILED", cause: { code: "INFERENCE_MODEL_NOT_FOUND" } });
    expect(error.message).toContain("there is tiny");
  });

  it("finds a parameter that the server would ignore", async () => {
    const task = new AITask({ prompt: "1", parameters: { min_tokns: 3 } });
    await openSession(texts()).submitTasks([task]);

    expect((await rejectionOf(task)).message).toContain("did you mean min_tokens?");
  });

  it("fails only the prompt at fault of those that went together", async () => {
    const long = new AITask({ prompt: "1".repeat(20_000), maxTokens: 4 });
    const others = ["a", "b"].map((prompt) => new AITask({ prompt, maxTokens: 4 }));
    await openSession(texts({ maxBatchSize: 16 })).submitTasks(
      [others[0], long, others[1]].filter((task) => task !== undefined),
    );

    expect((await Promise.all(others)).map(({ response }) => response)).toEqual(["bcde", "cdef"]);
    expect(await rejectionOf(long)).toMatchObject({ cause: { code: "INFERENCE_CONTEXT_OVERFLOW" } });
  });
});

describe("cancellation on vLLM", () => {
  let long = 0;
  beforeAll(async () => {
    ({ long } = await workOnVllm(url));
  });

  /** Resolves once the server works at nothing, and gave no long answer to its end. */
  const idle = (): Promise<void> =>
    vi.waitFor(async () => expect(await workOnVllm(url)).toEqual({ running: 0, long }), 60_000);

  it.each([
    ["a prompt", {}, { stream: false }],
    ["a stream", {}, { stream: true }],
    ["prompts that went together", { maxBatchSize: 4 }, { stream: false }],
  ])("takes %s from the server", async (_case, options, rest) => {
    const backend = texts(options);
    const tasks = Array.from({ length: 4 }, () => new AITask({ prompt: "1", maxTokens: 8_000, ...rest }));
    const session = openSession(backend);
    await session.submitTasks(tasks);
    // vLLM's own count may come seconds late, when the answers are nearly there.
    await vi.waitFor(() => expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => "EXECUTING")), 20_000);

    await session.cancel(tasks, "enough");

    await idle();
    expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => "CANCELLED"));
  });

  it("takes what is under way from the server when the session closes", async () => {
    const session = openSession(texts());
    const task = new AITask({ prompt: "1", maxTokens: 8_000 });
    await session.submitTasks([task]);
    await vi.waitFor(() => expect(task.state).toBe("EXECUTING"), 20_000);

    await session.close({ graceMs: 0 });

    await idle();
  });
});
