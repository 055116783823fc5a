import assert from "node:assert/strict";
import type { DoneUpdate } from "@rhapsody/core";
import { test, type Topic } from "../suite/topic.ts";
import type { Opening } from "../trial/opening.ts";
import { embed } from "../work/program.ts";
import { assertDone, assertFailed } from "./assertions.ts";

/** Texts and their vectors. */
export const embeddings: Topic = {
  id: "embeddings",
  title: "texts and their vectors",
  tests: ({ capabilities, settings: { embeddings: samples } }) => {
    if (!capabilities.taskKinds.includes("embedding")) return [];
    const { texts = ["a colour", "a fruit"], failing } = samples;
    return [
      test("one", "gives one text a vector", async (trial) => {
        const end = await vectorsOf(await trial.use(), texts[0] ?? "");

        checkVector(end.response);
      }),
      test("many", "gives several texts as many vectors, each that of its text", async (trial) => {
        const opening = await trial.use();
        const end = await vectorsOf(opening, texts);
        const last = await vectorsOf(opening, texts.at(-1) ?? "");

        assert.ok(Array.isArray(end.response), "several texts have a list of vectors");
        assert.equal(end.response.length, texts.length, "one vector for each text");
        const expected = checkVector(last.response);
        const given = checkVector(end.response.at(-1));
        assert.equal(given.length, expected.length, "vectors of one model are of one length");
        // Servers compute in batches, which changes the last digits.
        const distance = Math.hypot(...given.map((value, index) => value - (expected[index] ?? 0)));
        assert.ok(distance <= 0.01 * Math.hypot(...expected), "vectors are in the order of the texts");
      }),
      ...(failing === undefined
        ? []
        : [
            test("failed", "reports what the server refuses", async (trial) => {
              const opening = await trial.use();

              assertFailed(await opening.run(embed(failing)), "TASK_PROMPT_FAILED");
            }),
          ]),
    ];
  },
};

async function vectorsOf(opening: Opening, input: string | readonly string[]): Promise<DoneUpdate> {
  const end = await opening.run(embed({ input }));
  assertDone(end);
  return end;
}

function checkVector(vector: unknown): readonly number[] {
  assert.ok(Array.isArray(vector) && vector.length > 0, "a vector is a list of numbers that is not empty");
  return vector.map((value: unknown) => {
    assert.ok(typeof value === "number" && Number.isFinite(value), "a vector is a list of finite numbers");
    return value;
  });
}
