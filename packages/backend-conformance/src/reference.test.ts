import { afterAll, describe, it } from "vitest";
import { referenceEmbeddings, referencePrompts } from "./__fixtures__/prompts.ts";
import { ReferenceBackend } from "./__fixtures__/reference/reference-backend.ts";
import { describeBackend } from "./index.ts";

describeBackend({ describe, it }, () => new ReferenceBackend(), {
  // Only what hangs takes so long, on a machine under load too.
  timeoutMs: 60_000,
  smallTasks: { inline: 10_000, executable: 100, prompt: 10_000, module: 20, python: 20 },
  prompts: referencePrompts,
  embeddings: referenceEmbeddings,
});

describeBackend(
  { describe, it, afterAll },
  () => new ReferenceBackend({ taskKinds: ["function"], functionKinds: ["inline"] }),
  {
    title: "with one opening for all tests that can share it",
    opening: "shared",
  },
);
