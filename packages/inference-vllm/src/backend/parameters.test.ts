import { rejectionOf } from "@rhapsody-internal/fixtures";
import { AITask } from "@rhapsody/core";
import { expect, it } from "vitest";
import { failure, type Script } from "../__fixtures__/scripted-server.ts";
import { answer, shout } from "../__fixtures__/scripts.ts";
import { startAll } from "../__fixtures__/session.ts";

const describing =
  (description: Script): Script =>
  (response, request) =>
    (request.path === "/openapi.json" ? description : shout)(response, request);

const ofVllm = answer({
  paths: {
    "/v1/chat/completions": {
      post: { requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Chat" } } } } },
    },
  },
  components: { schemas: { Chat: { properties: { min_p: {}, max_tokens: {}, ignore_eos: {} } } } },
});

it("refuses a parameter that the server does not know, and says which was meant", async () => {
  const { server, session } = await startAll([describing(ofVllm)]);
  const typo = new AITask({ prompt: "hello", parameters: { minP: 0.1, ignroe_eos: true, frobnicate: 1 } });
  const right = new AITask({ prompt: "hello", parameters: { min_p: 0.1 } });
  await session.submitTasks([typo, right]);

  const { message } = await rejectionOf(typo);
  const { response } = await right;

  expect(message).toContain(
    "`parameters.minP` (did you mean min_p?), `parameters.ignroe_eos` (did you mean ignore_eos?), `parameters.frobnicate`;",
  );
  expect(response).toBe("HELLO");
  expect(server.requests.filter(({ path }) => path === "/openapi.json")).toHaveLength(1);
});

it.each([
  ["says nothing of its interface", failure(404, "Not Found")],
  ["describes something else", answer({ paths: {} })],
  ["gives no description that can be read", answer("hello")],
])("passes everything to a server that %s", async (_case, description) => {
  const { server, session } = await startAll([describing(description)]);
  const task = new AITask({ prompt: "hello", parameters: { frobnicate: 1 } });
  await session.submitTasks([task]);

  await task;

  expect(server.requests.at(-1)?.body).toMatchObject({ frobnicate: 1 });
});

it("refuses one among the backend's defaults, too", async () => {
  const { session } = await startAll([describing(ofVllm)], { defaults: { parameters: { maxTokens: 3 } } });
  const task = new AITask({ prompt: "hello" });
  await session.submitTasks([task]);

  expect((await rejectionOf(task)).message).toContain("did you mean max_tokens?");
});
