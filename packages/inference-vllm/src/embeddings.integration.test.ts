import { startVllm } from "@rhapsody-internal/engines";
import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { describeBackend } from "@rhapsody/backend-conformance";
import { AITask } from "@rhapsody/core";
import { afterAll, describe, expect, it } from "vitest";
import { VllmInferenceBackend } from "./index.ts";

const vllm = await startVllm({ arguments: ["--runner", "pooling"], maxModelLength: 256 });
afterAll(() => vllm.stop());

const backend = (): VllmInferenceBackend => new VllmInferenceBackend({ servers: vllm.url, taskKinds: ["embedding"] });

/** The model makes a vector of a text's last character alone: one of its 64 numbers is 1. */
const placeOf = (vector: readonly number[]): number => vector.indexOf(1);

describe("embeddings on vLLM", () => {
  it("makes a vector of one text, a list of several, with the server's count of tokens", async () => {
    const [one, several] = [new AITask({ embed: "b" }), new AITask({ embed: ["a", "xyzb", "c", "a"] })];
    await openSession(backend()).submitTasks([one, several]);

    const { returnValue: vector, usage } = await one;
    const { returnValue: vectors, usage: sum } = await several;

    expect(vector).toHaveLength(64);
    expect(vector.filter((value) => value !== 0)).toEqual([1]);
    expect(vectors.map(placeOf)).toEqual([0, 1, 2, 0].map((letter) => placeOf(vector) - 1 + letter));
    expect([usage, sum].map((tokens) => tokens?.promptTokens)).toEqual([1, 7]);
  });

  it("keeps the order of more texts than go in one request", async () => {
    const letters = Array.from({ length: 600 }, (_, index) => "abcdefghijklmnopqrstuvwxy".charAt(index % 25));
    await using direct = backend();

    const vectors = await direct.embed(letters);

    const first = placeOf(vectors[0] ?? []);
    expect(vectors.map((vector) => placeOf(vector) - first)).toEqual(letters.map((_, index) => index % 25));
  });

  it("tells that a text is too long, and where in the list it is", async () => {
    const long = "a".repeat(257);
    const [alone, among] = [
      new AITask({ embed: ["a", long] }),
      new AITask({ embed: [...Array.from({ length: 300 }, () => "a"), long] }),
    ];
    await openSession(backend()).submitTasks([alone, among]);

    const [error, other] = [await rejectionOf(alone), await rejectionOf(among)];

    expect(error).toMatchObject({
      code: "TASK_PROMPT_FAILED",
      cause: { code: "INFERENCE_CONTEXT_OVERFLOW", status: 400, param: "input_tokens" },
    });
    expect(error.message).toContain("maximum context length is 256 tokens");
    expect(other).toMatchObject({ cause: { code: "INFERENCE_CONTEXT_OVERFLOW" } });
    expect(other.message).toContain("one of the texts 256 to 300 of the list (counted from 0)");
  });

  it("takes the server's parameters, and tells those that it would ignore", async () => {
    const [cut, typo] = [
      new AITask({ embed: "a".repeat(300), parameters: { truncate_prompt_tokens: 2 } }),
      new AITask({ embed: "a", parameters: { truncate_promt_tokens: 2 } }),
    ];
    await openSession(backend()).submitTasks([cut, typo]);

    expect((await cut).usage?.promptTokens).toBe(2);
    expect((await rejectionOf(typo)).message).toContain("did you mean truncate_prompt_tokens?");
  });

  it.each([
    ["dimensions that the model cannot have", { dimensions: 8 }, "INFERENCE_BAD_REQUEST", "Matryoshka"],
    ["a model that is not there", { model: "bge-m3" }, "INFERENCE_MODEL_NOT_FOUND", "there is tiny"],
  ] as const)("tells %s, in the server's words", async (_case, options, code, words) => {
    const task = new AITask({ embed: "a", ...options });
    await openSession(backend()).submitTasks([task]);

    const error = await rejectionOf(task);

    expect(error).toMatchObject({ code: "TASK_PROMPT_FAILED", cause: { code } });
    expect(error.message).toContain(words);
  });

  it("tells that its model answers no prompts", async () => {
    const task = new AITask({ prompt: "a" });
    await openSession(new VllmInferenceBackend({ servers: vllm.url })).submitTasks([task]);

    expect((await rejectionOf(task)).message).toContain("or its model is not one for this work");
  });
});

describeBackend({ describe, it }, backend, {
  title: "contract backend/1, embeddings",
  embeddings: { failing: { model: "missing" } },
  timeoutMs: 60_000,
});
