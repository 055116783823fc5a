import { describeBackend } from "@rhapsody/backend-conformance";
import { afterAll, describe, it } from "vitest";
import { ScriptedServer, silence, type Script } from "./__fixtures__/scripted-server.ts";
import { answer, shout } from "./__fixtures__/scripts.ts";
import { VllmInferenceBackend } from "./index.ts";

/** Vectors that count vowels. */
const embeddings: Script = (response, request) => {
  // What our own client sends.
  const texts = request.body["input"] as readonly string[];
  const data = texts.map((text, index) => ({
    index,
    embedding: ["a", "e", "i", "o", "u"].map((vowel) => text.split(vowel).length),
  }));
  return answer({ data: data.toReversed(), usage: { prompt_tokens: 1, total_tokens: 1 } })(response, request);
};

/** The answer in pieces of a letter. */
const letters: Script = (response) => {
  const said = "OF COURSE.";
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [index, letter] of said.split("").entries()) {
    const finishReason = index === said.length - 1 ? "stop" : null;
    const choices = [{ index: 0, delta: { content: letter }, finish_reason: finishReason }];
    response.write(`data: ${JSON.stringify({ choices })}\n\n`);
  }
  response.end("data: [DONE]\n\n");
};

const server = await ScriptedServer.start([
  (response, request) => {
    if (request.path.endsWith("/embeddings")) return embeddings(response, request);
    if (request.body["model"] === "slow") return silence(response, request);
    return (request.body["stream"] === true ? letters : shout)(response, request);
  },
]);
server.models = ["tiny", "slow"];
afterAll(() => server.stop());

describeBackend({ describe, it }, () => new VllmInferenceBackend({ servers: server.url, model: "tiny" }), {
  title: "contract backend/1, both kinds of work",
  smallTasks: 2_000,
  prompts: { failing: { model: "missing" }, long: { model: "slow" } },
  embeddings: { failing: { model: "missing" } },
});
