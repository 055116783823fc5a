import assert from "node:assert/strict";
import type { DoneUpdate, OutputUpdate, PromptWork, TokenUsage } from "@rhapsody/core";
import type { PromptSample } from "../suite/conformance-options.ts";
import { test, type Topic } from "../suite/topic.ts";
import type { Opening } from "../trial/opening.ts";
import { ask } from "../work/program.ts";
import { assertDone, assertFailed } from "./assertions.ts";

/** Prompts and answers. */
export const prompts: Topic = {
  id: "prompts",
  title: "prompts and answers",
  tests: ({ kinds, settings: { prompts: samples } }) => {
    if (!kinds.includes("prompt")) return [];
    const { one = defaultOne, many = defaultMany, chat = defaultChat, failing, usage = true, stream = true } = samples;
    return [
      test("one", "answers one prompt with a text", async (trial) => {
        const end = await answer(await trial.use(), one.work);

        checkText(end.response, one, end.usage);
      }),
      test("many", "answers several prompts with as many texts, in order", async (trial) => {
        const end = await answer(await trial.use(), many.work);

        const answers = checkTexts(end.response);
        assert.equal(answers.length, many.work.prompt.length, "one answer for each prompt");
        many.check?.(answers, end.usage);
      }),
      test("chat", "answers a chat with a text", async (trial) => {
        const end = await answer(await trial.use(), chat.work);

        checkText(end.response, chat, end.usage);
      }),
      ...(usage
        ? [
            test("usage", "counts tokens, the total being the sum", async (trial) => {
              const end = await answer(await trial.use(), one.work);

              assert.ok(
                end.usage !== undefined,
                "usage is missing; say `prompts: { usage: false }` when the server does not count",
              );
              const { promptTokens, completionTokens, totalTokens } = end.usage;
              assert.ok(promptTokens > 0 && completionTokens > 0, "tokens of prompt and answer are counted");
              assert.equal(totalTokens, promptTokens + completionTokens);
            }),
          ]
        : []),
      ...(stream
        ? [
            test("stream", "gives an answer in pieces that add up to it", async (trial) => {
              const opening = await trial.open();
              const end = await answer(opening, { ...one.work, stream: true });
              await opening.close();

              const pieces = piecesOf(opening);
              assert.ok(pieces.length > 0, "no piece came");
              assert.equal(pieces.map(({ text }) => text).join(""), end.response);
            }),
            test("stream-many", "says which of several prompts a piece answers", async (trial) => {
              const opening = await trial.open();
              const end = await answer(opening, { ...many.work, stream: true });
              await opening.close();

              const texts = checkTexts(end.response).map(() => "");
              for (const { index = 0, text } of piecesOf(opening)) texts[index] = (texts[index] ?? "") + text;
              assert.deepEqual(texts, end.response);
            }),
            test("no-stream", "gives no pieces when none are asked for", async (trial) => {
              const opening = await trial.open();
              await answer(opening, one.work);
              await opening.close();

              assert.deepEqual(piecesOf(opening), []);
            }),
          ]
        : []),
      ...(failing === undefined
        ? []
        : [
            test("failed", "reports what the server refuses", async (trial) => {
              const opening = await trial.use();

              assertFailed(await opening.run(ask(failing)), "TASK_PROMPT_FAILED");
            }),
          ]),
    ];
  },
};

const defaultOne: PromptSample<string> = { work: { prompt: "Reply with one word." } };
const defaultMany: PromptSample<readonly string[]> = { work: { prompt: ["Name a colour.", "Name a fruit."] } };
const defaultChat: PromptSample<string> = {
  work: {
    prompt: [
      { role: "system", content: "You answer in one word." },
      { role: "user", content: "Name a colour." },
    ],
  },
};

async function answer(opening: Opening, work: Partial<PromptWork>): Promise<DoneUpdate> {
  const end = await opening.run(ask(work));
  assertDone(end);
  return end;
}

function piecesOf(opening: Opening): readonly OutputUpdate[] {
  return opening.log.all.filter((update) => update.state === "OUTPUT").filter(({ stream }) => stream === "response");
}

function checkText(response: unknown, { check }: PromptSample<string>, usage: TokenUsage | undefined): void {
  assert.ok(typeof response === "string" && response.length > 0, "the answer is a text that is not empty");
  check?.(response, usage);
}

function checkTexts(response: unknown): readonly string[] {
  assert.ok(Array.isArray(response), "several prompts have a list of answers");
  return response.map((text: unknown, index) => {
    assert.ok(typeof text === "string" && text.length > 0, `answer ${index} is a text that is not empty`);
    return text;
  });
}
