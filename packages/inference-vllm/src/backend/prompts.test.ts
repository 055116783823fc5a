import { rejectionOf } from "@rhapsody-internal/fixtures";
import { AITask } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { bytes, delta, failure, silence, stream, type Script } from "../__fixtures__/scripted-server.ts";
import { answer, byQuestion, shout } from "../__fixtures__/scripts.ts";
import { startAll } from "../__fixtures__/session.ts";

describe("prompts", () => {
  it("answers one as the message of a user, with what the server tells of it", async () => {
    const { server, session } = await startAll([shout]);
    const task = new AITask({ prompt: "hello", temperature: 0 });
    await session.submitTasks([task]);

    const { response, usage, inference } = await task;

    expect(response).toBe("HELLO");
    expect(usage).toEqual({ promptTokens: 5, completionTokens: 1, totalTokens: 6 });
    expect(inference).toMatchObject({ finishReasons: ["stop"], replica: `127.0.0.1:${server.port}` });
    expect(inference?.latencyMs).toBeGreaterThan(0);
    expect(server.requests[0]).toMatchObject({
      path: "/v1/chat/completions",
      body: { model: "tiny", temperature: 0, messages: [{ role: "user", content: "hello" }] },
    });
  });

  it("ends with the stream's [DONE], also when the server keeps the stream open", async () => {
    const { session } = await startAll([stream([delta("he"), delta("llo", "stop")], "open")], { stallMs: 0 });
    const task = new AITask({ prompt: "hello", stream: true });
    await session.submitTasks([task]);

    expect((await task).response).toBe("hello");
  });

  it("begins a streamed answer anew that broke off before it had a word", async () => {
    // The first event of a chat says who speaks.
    const { server, session } = await startAll([stream([delta("")], "cut"), stream([delta("hello", "stop")])]);
    const task = new AITask({ prompt: "hello", stream: true });
    await session.submitTasks([task]);

    expect((await task).response).toBe("hello");
    expect(server.requests).toHaveLength(2);
  });

  it("sends a text as it is where the backend or the task wants that", async () => {
    const { server, session } = await startAll([shout], { prompts: "text" });
    const text = new AITask({ prompt: "once upon a time" });
    const chat = new AITask({ prompt: "hello", backendOptions: { vllm: { prompts: "chat" } } });
    await session.submitTasks([text, chat]);

    expect((await Promise.all([text, chat])).map(({ response }) => response)).toEqual(["ONCE UPON A TIME", "HELLO"]);
    expect(server.requests.map(({ path }) => path).toSorted()).toEqual(["/v1/chat/completions", "/v1/completions"]);
  });

  it("answers several in order, whichever is first, and adds up their tokens", async () => {
    const { promise: others, resolve } = Promise.withResolvers<void>();
    const late: Script = async (response, request) => {
      await others;
      await shout(response, request);
    };
    const last: Script = async (response, request) => {
      await shout(response, request);
      resolve();
    };
    const { session } = await startAll([byQuestion({ a: late, c: last }, shout)]);
    const task = new AITask({ prompt: ["a", "b", "c"] });
    await session.submitTasks([task]);

    const { response, usage, inference } = await task;

    expect(response).toEqual(["A", "B", "C"]);
    expect(usage).toEqual({ promptTokens: 3, completionTokens: 3, totalTokens: 6 });
    expect(inference?.finishReasons).toEqual(["stop", "stop", "stop"]);
  });

  it("answers several lists that are longer together than the line", async () => {
    const { session } = await startAll([shout], { maxInFlight: 4, maxWaiting: 10 });
    const tasks = Array.from({ length: 8 }, () => new AITask({ prompt: "abcdefghij".split("") }));
    await session.submitTasks(tasks);

    const responses = (await Promise.all(tasks)).map(({ response }) => response?.join(""));

    expect(responses).toEqual(tasks.map(() => "ABCDEFGHIJ"));
  });

  it("fails when one of several fails, names it, and takes the others from the server", async () => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const held: Script = () => resolve();
    const refused: Script = async (response, request) => {
      await begun;
      await failure(400, "the prompt is odd")(response, request);
    };
    const { server, session } = await startAll([byQuestion({ odd: refused }, held)]);
    const task = new AITask({ prompt: ["good", "odd"] });
    await session.submitTasks([task]);

    const error = await rejectionOf(task);

    expect(error).toMatchObject({ code: "TASK_PROMPT_FAILED", cause: { code: "INFERENCE_BAD_REQUEST", status: 400 } });
    expect(error.message).toContain("prompt 1 of the list");
    expect(error.message).toContain("the prompt is odd");
    await server.requests.find(({ body }) => JSON.stringify(body).includes("good"))?.aborted;
  });

  it("gives a streamed answer piece by piece, and the time to the first", async () => {
    const usage = { choices: [], usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 } };
    const { server, session } = await startAll([stream([delta(""), delta("Good "), delta("day", "stop"), usage])]);
    const task = new AITask({ prompt: "Greet me.", stream: true });
    await session.submitTasks([task]);

    let text = "";
    for await (const piece of task.stream()) text += piece.text;
    const result = await task;

    expect(text).toBe("Good day");
    expect(result).toMatchObject({ response: "Good day", usage: { completionTokens: 2 } });
    expect(result.inference?.timeToFirstTokenMs).toBeLessThanOrEqual(result.inference?.latencyMs ?? 0);
    expect(server.requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it.each([
    // Other servers, and vLLM 0.32.
    ["reasoning_content", { content: "7", reasoning_content: "3 and 4 are 7." }],
    ["reasoning", { content: "7", reasoning: "3 and 4 are 7." }],
  ])("keeps what the model thought apart from its answer (%s)", async (_, message) => {
    const { session } = await startAll([answer({ choices: [{ index: 0, finish_reason: "stop", message }] })]);
    const task = new AITask({ prompt: "3 + 4?" });
    await session.submitTasks([task]);

    const { response, inference } = await task;

    expect(response).toBe("7");
    expect(inference).toMatchObject({ reasoning: ["3 and 4 are 7."] });
  });

  it("tells the functions that the model wants called, an answer without text being empty", async () => {
    const call = { id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } };
    const choice = {
      index: 0,
      finish_reason: "tool_calls",
      message: { role: "assistant", content: null, tool_calls: [call] },
    };
    const { session } = await startAll([answer({ choices: [choice] })]);
    const task = new AITask({ prompt: "Look.", tools: [{ type: "function", function: { name: "look" } }] });
    await session.submitTasks([task]);

    const { response, inference, usage } = await task;

    expect(response).toBe("");
    expect(inference).toMatchObject({ toolCalls: [[call]], finishReasons: ["tool_calls"] });
    expect(usage).toBeUndefined();
  });

  it("reports an answer that was cut as what it is, not as a failure", async () => {
    const choice = { index: 0, finish_reason: "length", message: { role: "assistant", content: "and then" } };
    const { session } = await startAll([answer({ choices: [choice] })]);
    const task = new AITask({ prompt: "Tell.", maxTokens: 2 });
    await session.submitTasks([task]);

    expect(await task).toMatchObject({ state: "DONE", response: "and then", inference: { finishReasons: ["length"] } });
  });

  it.each([
    ["no choice", { choices: [] }],
    ["a choice without a text", { choices: [{ index: 0 }] }],
    ["a text that is none", { choices: [{ index: 0, text: 7 }] }],
  ])("never makes an answer of %s", async (_case, body) => {
    const { session } = await startAll([answer(body)]);
    const task = new AITask({ prompt: "hello" });
    await session.submitTasks([task]);

    expect(await rejectionOf(task)).toMatchObject({ cause: { code: "INFERENCE_MALFORMED" } });
  });

  it("is tried again by the task's own policy", async () => {
    const { session } = await startAll([bytes(200, "text/html", "<h1>starting</h1>"), shout]);
    const task = new AITask({ prompt: "hello", retry: { attempts: 2 } });
    await session.submitTasks([task]);

    expect(await task).toMatchObject({ response: "HELLO", attempts: 2 });
  });

  it("takes a cancelled prompt from the server", async () => {
    const { server, session } = await startAll([silence]);
    const task = new AITask({ prompt: "hello" });
    await session.submitTasks([task]);
    await server.received(1);

    await task.cancel("not wanted");

    await server.requests[0]?.aborted;
    expect(await rejectionOf(task)).toMatchObject({ code: "TASK_CANCELLED", reason: "not wanted", detached: false });
  });

  it("asks what has priority first, however many wait", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const held: Script = async (response, request) => {
      await begun;
      await shout(response, request);
    };
    const { server, session } = await startAll([held, shout], { maxInFlight: 1 });
    await session.submitTasks(Array.from({ length: 10 }, () => new AITask({ prompt: "soon" })));
    const urgent = new AITask({ prompt: "now", priority: 1 });
    await session.submitTasks([urgent]);
    begin();

    await urgent;

    expect(server.requests.length).toBeLessThan(5);
  });

  it("ends a prompt that takes longer than the backend's timeoutMs, on the server too", async () => {
    const { server, session } = await startAll([silence], { timeoutMs: 20 });
    const task = new AITask({ prompt: "hello" });
    await session.submitTasks([task]);

    expect(await rejectionOf(task)).toMatchObject({ code: "TASK_PROMPT_FAILED", cause: { code: "INFERENCE_TIMEOUT" } });
    await server.requests[0]?.aborted;
  });
});

describe("what no server is asked", () => {
  it.each([
    ["an unknown option", { backendOptions: { vllm: { promts: "text" } as never } }, "promts"],
    ["tools for a text", { backendOptions: { vllm: { prompts: "text" } }, tools: [] }, "tools needs a chat"],
    ["a parameter that the backend sets", { parameters: { n: 2 } }, "a list with the prompt several times"],
  ] as const)("is %s", async (_case, options, words) => {
    const { server, session } = await startAll([shout]);
    const task = new AITask({ prompt: "hello", ...options });
    await session.submitTasks([task]);

    const error = await rejectionOf(task);

    expect(error).toMatchObject({ code: "BACKEND_REJECTED_TASKS" });
    expect(error.message).toContain(words);
    expect(server.requests).toEqual([]);
  });
});
