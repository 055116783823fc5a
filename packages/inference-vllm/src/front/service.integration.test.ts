import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sharedVllm, VLLM_START_MS, type Vllm } from "@rhapsody-internal/engines";
import { AITask, Session } from "@rhapsody/core";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { VllmInferenceBackend } from "../backend/vllm-inference-backend.ts";

let vllm: Vllm;
beforeAll(async () => {
  vllm = await sharedVllm();
}, VLLM_START_MS);

it("lets a session of another process ask, and tells it when the service is gone", async () => {
  const host = spawn(process.execPath, [join(import.meta.dirname, "../__fixtures__/serve.ts"), vllm.url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void host.kill("SIGKILL"));
  const [line] = (await once(createInterface(host.stdout), "line")) as [string];
  const { address, token } = JSON.parse(line) as { readonly address: string; readonly token: string };
  const elsewhere = new VllmInferenceBackend({
    servers: address,
    apiKey: token,
    prompts: "text",
    patienceMs: 200,
    maxTries: 1,
  });
  await using session = new Session({ backends: [elsewhere] });
  const list = new AITask({ prompt: ["ab", "xy"], maxTokens: 30 });
  const streamed = new AITask({ prompt: "uv", stream: true });

  await session.submitTasks([list, streamed]);
  expect(await list).toMatchObject({
    response: ["cdefghijklmnopqrstuvwxyz", "z"],
    usage: { promptTokens: 4, completionTokens: 27 },
  });
  expect((await streamed).response).toBe("wxyz");

  host.stdin.end();
  const [code] = (await once(host, "exit")) as [number | null];
  const late = new AITask({ prompt: "ab" });
  await session.submitTasks([late]);

  expect(code).toBe(0);
  await expect(Promise.resolve(late)).rejects.toMatchObject({
    code: "TASK_PROMPT_FAILED",
    cause: { code: "INFERENCE_UNREACHABLE" },
  });
});

it("refuses a session with another token", async () => {
  const serving = new VllmInferenceBackend({ servers: vllm.url, useService: { token: "right" } });
  await serving.initialize();
  onTestFinished(() => serving.shutdown());
  const address = serving.service?.address ?? "";

  const refused = new VllmInferenceBackend({ servers: address, apiKey: "wrong" });

  await expect(refused.generate("1")).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
});
