import assert from "node:assert/strict";
import type { PromptSamples } from "../suite/conformance-options.ts";

/** What to ask the reference backend's model, which repeats what it is told. */
export const referencePrompts: PromptSamples = {
  many: {
    work: { prompt: ["first", "second"] },
    check: (answers) => assert.deepEqual(answers, ["You said: first", "You said: second"]),
  },
  failing: { model: "missing" },
  long: { model: "slow" },
};
