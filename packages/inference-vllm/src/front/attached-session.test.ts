import { AITask, Session } from "@rhapsody/core";
import { expect, it } from "vitest";
import { frontBeforeScripts } from "../__fixtures__/front-before.ts";
import { completion, delta, failure, silence, stream } from "../__fixtures__/scripted-server.ts";
import { VllmInferenceBackend } from "../backend/vllm-inference-backend.ts";

it("lets a session elsewhere ask the servers of another", async () => {
  const { front, server } = await frontBeforeScripts([
    completion("hello"),
    stream([delta("he"), delta("llo", "stop")]),
    failure(400, "maximum context length is 256"),
  ]);
  const vllm = new VllmInferenceBackend({ servers: front.address, apiKey: front.token });
  await using session = new Session({ backends: [vllm] });
  const [whole, streamed, long, cancelled] = [
    new AITask({ prompt: "1" }),
    new AITask({ prompt: "2", stream: true }),
    new AITask({ prompt: "3" }),
    new AITask({ prompt: "4" }),
  ];

  await session.submitTasks([whole]);
  expect(await whole).toMatchObject({ response: "hello", usage: { promptTokens: 2, completionTokens: 3 } });
  await session.submitTasks([streamed]);
  expect((await streamed).response).toBe("hello");
  await session.submitTasks([long]);
  await expect(Promise.resolve(long)).rejects.toMatchObject({
    code: "TASK_PROMPT_FAILED",
    cause: { code: "INFERENCE_CONTEXT_OVERFLOW" },
  });

  server.script(silence);
  await session.submitTasks([cancelled]);
  await server.received(4);
  await session.cancel([cancelled], "enough");
  await server.requests[3]?.aborted;
});

it("does not wait for servers when nobody could ask them", async () => {
  const { front } = await frontBeforeScripts([]);
  const port = Number(new URL(front.address).port);
  const vllm = new VllmInferenceBackend({
    // Nobody listens there.
    servers: "http://127.0.0.1:9",
    connectTimeoutMs: 60_000,
    useService: { port },
  });

  await expect(vllm.initialize()).rejects.toThrow("choose another port");
});
