import assert from "node:assert/strict";
import { sharedVllm } from "@rhapsody-internal/engines";
import { describeBackend, type ConformanceOptions } from "@rhapsody/backend-conformance";
import { describe, it } from "vitest";
import { VllmInferenceBackend, type AttachOptions } from "./index.ts";

const { url } = await sharedVllm();

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** Whatever it is told in a chat, the model says the alphabet; a text it continues. */
const chat: ConformanceOptions["prompts"] = {
  one: {
    work: { prompt: "Say the alphabet." },
    check: (answer, usage) => {
      assert.equal(answer, ALPHABET);
      assert.equal(usage?.completionTokens, ALPHABET.length + 1);
    },
  },
  many: { work: { prompt: ["first", "second"] }, check: (answers) => assert.deepEqual(answers, [ALPHABET, ALPHABET]) },
  failing: { model: "missing" },
};

const text: ConformanceOptions["prompts"] = {
  one: {
    work: { prompt: "ab", sampling: { maxTokens: 100 } },
    check: (answer) => assert.equal(answer, ALPHABET.slice(2)),
  },
  many: {
    work: { prompt: ["ab", "x", "1"], sampling: { maxTokens: 5 } },
    check: (answers, usage) => {
      assert.deepEqual(answers, ["cdefg", "yz", "23456"]);
      if (usage !== undefined) assert.deepEqual(usage, { promptTokens: 4, completionTokens: 13, totalTokens: 17 });
    },
  },
  failing: { model: "missing" },
  long: { prompt: "1", sampling: { maxTokens: 8_000 } },
};

const open = (options: Partial<AttachOptions>) => () =>
  new VllmInferenceBackend({ servers: url, taskKinds: ["prompt"], ...options });

// The server's own work takes a millisecond for each, more where answers have 27 tokens.
describeBackend({ describe, it }, open({}), {
  title: "contract backend/1, chats",
  prompts: chat,
  smallTasks: 200,
  timeoutMs: 60_000,
});

describeBackend({ describe, it }, open({ prompts: "text" }), {
  title: "contract backend/1, texts",
  prompts: text,
  smallTasks: 500,
  timeoutMs: 60_000,
});

describeBackend({ describe, it }, open({ prompts: "text", maxBatchSize: 16, maxBatchWaitMs: 2 }), {
  title: "contract backend/1, texts that go together",
  prompts: { ...text, usage: false },
  smallTasks: 500,
  timeoutMs: 60_000,
});
