import { describe, expect, it } from "vitest";
import { Assembly } from "./assemble.ts";
import type { JsonObject } from "./read-json.ts";

describe("Assembly", () => {
  it("puts the texts of several prompts together, in their order", () => {
    const body = assemble([
      { id: "1", object: "text_completion", choices: [{ index: 1, text: "b", finish_reason: null }] },
      { choices: [{ index: 0, text: "a", finish_reason: null }] },
      { choices: [{ index: 1, text: "c", finish_reason: "stop" }] },
      { choices: [{ index: 0, text: "", finish_reason: "length" }] },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 } },
    ]);

    expect(body).toMatchObject({
      id: "1",
      object: "text_completion",
      choices: [
        { index: 0, text: "a", finish_reason: "length" },
        { index: 1, text: "bc", finish_reason: "stop" },
      ],
      usage: { total_tokens: 4 },
    });
  });

  it("puts tool calls together, whose arguments come in pieces", () => {
    const call = (index: number, rest: JsonObject): JsonObject => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index, ...rest }] } }],
    });
    const body = assemble([
      { object: "chat.completion.chunk", choices: [{ index: 0, delta: { role: "assistant", content: null } }] },
      call(0, { id: "c0", type: "function", function: { name: "add", arguments: "" } }),
      call(0, { function: { arguments: '{"a":' } }),
      call(1, { id: "c1", function: { name: "stop", arguments: "{}" } }),
      call(0, { function: { arguments: "1}" } }),
      { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
    ]);

    expect(body).toMatchObject({
      object: "chat.completion",
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            content: null,
            tool_calls: [
              { id: "c0", type: "function", function: { name: "add", arguments: '{"a":1}' } },
              { id: "c1", type: "function", function: { name: "stop", arguments: "{}" } },
            ],
          },
        },
      ],
    });
  });

  it("continues the lists of log probabilities, in both forms", () => {
    const body = assemble([
      { choices: [{ index: 0, text: "a", logprobs: { tokens: ["a"], token_logprobs: [-1] } }] },
      { choices: [{ index: 0, text: "b", logprobs: { tokens: ["b"], token_logprobs: [-2] }, finish_reason: "stop" }] },
    ]);

    expect(body).toMatchObject({ choices: [{ logprobs: { tokens: ["a", "b"], token_logprobs: [-1, -2] } }] });
  });

  it("keeps reasoning apart from the answer", () => {
    const body = assemble([
      { choices: [{ index: 0, delta: { reasoning_content: "hm, " } }] },
      { choices: [{ index: 0, delta: { reasoning_content: "yes" } }] },
      { choices: [{ index: 0, delta: { content: "4" }, finish_reason: "stop" }] },
    ]);

    expect(body).toMatchObject({ choices: [{ message: { content: "4", reasoning_content: "hm, yes" } }] });
  });

  it("knows when every choice has come to its end", () => {
    const assembly = new Assembly();
    expect(assembly.complete).toBe(false);

    assembly.add({
      choices: [
        { index: 0, text: "a", finish_reason: "stop" },
        { index: 1, text: "b", finish_reason: null },
      ],
    });
    expect(assembly.complete).toBe(false);

    assembly.add({ choices: [{ index: 1, text: "", finish_reason: "stop" }] });
    expect(assembly.complete).toBe(true);
  });
});

function assemble(events: readonly JsonObject[]): JsonObject {
  const assembly = new Assembly();
  for (const event of events) assembly.add(event);
  return assembly.body();
}
