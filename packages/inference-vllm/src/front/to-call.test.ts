import { describe, expect, it } from "vitest";
import { toCall } from "./to-call.ts";

describe("toCall", () => {
  it("leaves the request as it is", () => {
    const content = { body: { prompt: "1", any: [null] }, bytes: Buffer.from("{}") };

    const call = toCall("completions", content, "10.0.0.1");

    expect(call).toMatchObject({ path: "completions", owner: "front:10.0.0.1", prefix: "1" });
    expect([call.body, call.bytes]).toEqual([content.body, content.bytes]);
  });

  it.each([
    { title: "a text", body: { prompt: "a".repeat(40), max_tokens: 5 }, cost: 15 },
    { title: "an answer without a bound", body: { prompt: "a".repeat(40) }, cost: 266 },
    { title: "several texts", body: { prompt: ["aaaa", "aaaa"], max_tokens: 5 }, cost: 12 },
    { title: "tokens", body: { prompt: [1, 2, 3], max_tokens: 5 }, cost: 8 },
    { title: "several lists of tokens", body: { prompt: [[1, 2, 3], [1]], max_tokens: 5 }, cost: 14 },
    { title: "several answers", body: { prompt: "aaaa", max_tokens: 5, n: 2 }, cost: 11 },
    {
      title: "a chat",
      body: {
        messages: [{ role: "system", content: "aaaa" }, { content: [{ type: "text", text: "aaa" }] }],
        max_completion_tokens: 5,
      },
      cost: 7,
    },
    { title: "more than there is", body: { prompt: "a", max_tokens: 1e308, n: 1e308 }, cost: 1e9 },
    { title: "nonsense", body: { prompt: 7, max_tokens: "x", n: -1 }, cost: 256 },
  ])("estimates the cost of $title", ({ body, cost }) => {
    expect(toCall("completions", { body }, "x").cost).toBe(cost);
  });

  it("counts texts to embed, which have no answer and no cache", () => {
    expect(toCall("embeddings", { body: { input: ["aaaa", "aaaa"] } }, "x")).toMatchObject({ cost: 2, prefix: "" });
  });

  it("tells users of one client apart", () => {
    expect(toCall("completions", { body: { prompt: "1", user: "ann" } }, "x").owner).toBe("front:ann");
  });
});
