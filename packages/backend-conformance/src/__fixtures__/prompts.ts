import assert from "node:assert/strict";
import type { EmbeddingSamples, PromptSamples } from "../suite/conformance-options.ts";

/** What to ask the reference backend's model, which repeats what it is told. */
export const referencePrompts: PromptSamples = {
  many: {
    work: { prompt: ["first", "second"] },
    check: (answers) => assert.deepEqual(answers, ["You said: first", "You said: second"]),
  },
  failing: { model: "missing" },
  long: { model: "slow" },
};

/** What the reference backend's embedding model refuses. */
export const referenceEmbeddings: EmbeddingSamples = { failing: { model: "missing" } };
