import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { family, isAlive } from "../__fixtures__/processes.ts";
import { type Vllm, VLLM_START_MS } from "../index.ts";

it(
  "runs a server with a model of known answers, and leaves nothing when the process that started it is killed",
  async () => {
    const host = spawn(process.execPath, [join(import.meta.dirname, "../__fixtures__/start-vllm.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void host.kill("SIGKILL"));
    const [said] = (await once(host.stdout, "data")) as [Buffer];
    const { url, model, pid = 0 } = JSON.parse(String(said)) as Vllm;
    const ask = async (prompt: string): Promise<unknown> => {
      const body = JSON.stringify({ model, prompt, max_tokens: 30 });
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/completions`, { method: "POST", headers, body });
      const { choices } = (await response.json()) as { choices: { text: string; finish_reason: string }[] };
      return choices.map(({ text, finish_reason: reason }) => [text, reason]);
    };

    const answers = await Promise.all([ask("ab"), ask("1")]);
    const processes = await family(pid);
    host.kill("SIGKILL");

    expect(answers).toEqual([[["cdefghijklmnopqrstuvwxyz", "stop"]], [["234567890123456789012345678901", "length"]]]);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    await vi.waitFor(() => expect(processes.filter((one) => isAlive(one))).toEqual([]), 60_000);
  },
  VLLM_START_MS,
);
