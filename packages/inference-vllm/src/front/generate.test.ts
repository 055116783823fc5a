import { describe, expect, it } from "vitest";
import { frontBeforeScripts } from "../__fixtures__/front-before.ts";
import { bytes, completion, failure, silence, type Script } from "../__fixtures__/scripted-server.ts";

/** Answers with what was asked. */
const echo: Script = (response, request) => {
  const { prompt, messages } = request.body as { prompt?: string; messages?: { content: string }[] };
  return completion(`re: ${prompt ?? messages?.[0]?.content}`)(response, request);
};

describe("POST /generate", () => {
  it("answers each prompt, in order, with counts of the servers", async () => {
    const { ask, server } = await frontBeforeScripts([echo]);

    const response = await ask("/generate", { prompts: ["a", "b"], model: "tiny", temperature: 0, timeout: 10 });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "success",
      results: ["re: a", "re: b"],
      finish_reasons: ["stop", "stop"],
      num_prompts: 2,
      usage: { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 },
    });
    expect(server.requests[0]).toMatchObject({
      path: "/v1/chat/completions",
      body: { messages: [{ role: "user", content: "a" }], model: "tiny", temperature: 0 },
    });
    expect(server.requests[0]?.body).not.toHaveProperty("timeout");
  });

  it("has one prompt, too, and texts to be continued", async () => {
    const { ask, server } = await frontBeforeScripts([echo], { prompts: "text" });

    expect(await (await ask("/generate", { prompt: "a" })).json()).toMatchObject({ results: ["re: a"] });
    expect(server.requests[0]).toMatchObject({ path: "/v1/completions", body: { prompt: "a" } });
  });

  it.each([
    { title: "nothing", body: {}, param: "prompts" },
    { title: "both", body: { prompt: "a", prompts: ["a"] }, param: "prompts" },
    { title: "a text for a list", body: { prompts: "abc" }, param: "prompts" },
    { title: "no prompts", body: { prompts: [] }, param: "prompts" },
    { title: "several answers", body: { prompt: "a", n: 2 }, param: "n" },
    { title: "a stream", body: { prompt: "a", stream: true }, param: "stream" },
    { title: "no time", body: { prompt: "a", timeout: 0 }, param: "timeout" },
    { title: "more time than a timer knows", body: { prompt: "a", timeout: 1e9 }, param: "timeout" },
  ])("refuses $title", async ({ body, param }) => {
    const { ask, server } = await frontBeforeScripts([echo]);

    const response = await ask("/generate", body);

    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { param, code: "invalid_request" } },
    ]);
    expect(server.requests).toHaveLength(0);
  });

  it("fails with the prompt that failed, and aborts the others", async () => {
    const { ask, server } = await frontBeforeScripts([
      (response, request) =>
        JSON.stringify(request.body).includes("bad")
          ? failure(400, "maximum context length is 256")(response, request)
          : undefined,
    ]);

    const response = await ask("/generate", { prompts: ["a", "bad"] });

    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; code: string } };
    expect(error.code).toBe("context_length_exceeded");
    expect(error.message).toContain("prompt 1 of the list");
    await server.requests.find(({ body }) => !JSON.stringify(body).includes("bad"))?.aborted;
  });

  it("names the parameter that the server objects to, of several prompts too", async () => {
    const said = JSON.stringify({ error: { message: "must not be negative", param: "temperature" } });
    const { ask } = await frontBeforeScripts([bytes(400, "application/json", said)]);

    const response = await ask("/generate", { prompts: ["a", "b"], temperature: -1 });

    expect(await response.json()).toMatchObject({ error: { param: "temperature" } });
  });

  it("is a failure, not an answer, when time is over", async () => {
    const { ask, server } = await frontBeforeScripts([silence]);

    const response = await ask("/generate", { prompts: ["a"], timeout: 0.05 });

    expect([response.status, await response.json()]).toMatchObject([504, { error: { code: "INFERENCE_TIMEOUT" } }]);
    await server.requests[0]?.aborted;
  });
});
