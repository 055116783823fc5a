import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tinyModel, VLLM_ARGUMENTS, VLLM_ENVIRONMENT, VLLM_START_MS, vllmProgram } from "@rhapsody-internal/engines";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ReplicaAddress } from "../fleet/call.ts";
import type { Heard } from "./__fixtures__/heard.ts";
import { temporaryDirectory } from "./__fixtures__/script.ts";

/** Processes that came of a server with this program and this key in their environment, those without a parent too. */
function processesOf(program: string, key: string): readonly { readonly pid: number; readonly name: string }[] {
  return globSync("/proc/[0-9]*").flatMap((directory) => {
    try {
      if (!readFileSync(`${directory}/environ`, "latin1").includes(`VLLM_API_KEY=${key}`)) return [];
      if (/^State:\s+Z/m.test(readFileSync(`${directory}/status`, "utf8"))) return [];
      const name = readFileSync(`${directory}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      return [{ pid: Number(directory.slice("/proc/".length)), name: name.includes(program) ? "server" : name }];
    } catch {
      return [];
    }
  });
}

async function complete({ url, apiKey }: ReplicaAddress): Promise<string> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${apiKey}` };
  const body = JSON.stringify({ model: "alphabet", prompt: "uv", max_tokens: 10 });
  const response = await fetch(`${url}/completions`, { method: "POST", headers, body });
  return ((await response.json()) as { choices: { text: string }[] }).choices[0]!.text;
}

it(
  "serves a model, again after its worker is killed, and leaves nothing when this process is",
  async () => {
    const [executable, model] = await Promise.all([vllmProgram(), tinyModel()]);
    const directory = temporaryDirectory();
    const apiKey = "a-key-of-this-test-alone";
    const options = {
      model,
      modelName: "alphabet",
      executable,
      apiKey,
      extraArguments: [...VLLM_ARGUMENTS, "--max-model-len", "256"],
      environment: VLLM_ENVIRONMENT,
    };
    const args = [join(import.meta.dirname, "__fixtures__/launch-host.ts"), JSON.stringify(options), directory];
    const host = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void host.kill("SIGKILL"));
    const heard = createInterface(host.stdout)[Symbol.asyncIterator]();
    const until = async <W extends Heard["what"]>(what: W): Promise<Extract<Heard, { what: W }>> => {
      for (;;) {
        const { value, done } = await heard.next();
        if (done === true) throw new Error(`the host ended before ${what}`);
        const one = JSON.parse(value) as Heard;
        // What its kind says.
        if (one.what === what) return one as Extract<Heard, { what: W }>;
      }
    };

    const first = await until("ready");
    const answer = await complete(first.replica);
    const before = processesOf(executable, apiKey);
    process.kill(before.find(({ name }) => name.startsWith("VLLM::Worker"))!.pid, "SIGKILL");
    const { why } = await until("down");
    const second = await until("ready");
    const again = await complete(second.replica);
    const after = processesOf(executable, apiKey);
    // What its server leaves behind when it is killed alone is for the launcher to end.
    process.kill(after.find(({ name }) => name === "server")!.pid, "SIGKILL");
    await until("down");
    host.kill("SIGKILL");
    await once(host, "close");

    expect([answer, again]).toEqual(["wxyz", "wxyz"]);
    expect(why).toContain("vLLM (replica-0) ended with exit code");
    expect(before.map(({ name }) => name)).toEqual(expect.arrayContaining(["server", "VLLM::EngineCore"]));
    expect(after.some(({ pid }) => before.some((old) => old.pid === pid))).toBe(false);
    await vi.waitFor(() => expect(processesOf(executable, apiKey)).toEqual([]), { timeout: 2_000, interval: 20 });
    expect(readFileSync(join(directory, "replica-0.log"), "utf8")).not.toContain(apiKey);
    expect(existsSync(join(directory, "replica-0.log"))).toBe(true);
  },
  VLLM_START_MS,
);
