import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tinyModel, VLLM_ARGUMENTS, VLLM_ENVIRONMENT, VLLM_START_MS, vllmProgram } from "@rhapsody-internal/engines";
import { isAlive, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ReplicaAddress } from "../fleet/call.ts";
import type { Heard } from "./__fixtures__/heard.ts";

interface Process {
  readonly pid: number;
  readonly name: string;
}

/** Processes of the group of the server that wrote last into a log, that server first; also those whose parent is dead. */
function processesOf(log: string): readonly Process[] {
  const group = Number([...readFileSync(log, "utf8").matchAll(/^\(APIServer pid=(\d+)\)/gm)].at(-1)?.[1]);
  const found = globSync("/proc/[0-9]*").flatMap((directory) => {
    try {
      const [state = "", , of] = readFileSync(`${directory}/stat`, "latin1")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(of) !== group || state === "Z") return [];
      const name = readFileSync(`${directory}/cmdline`, "latin1").replaceAll("\0", " ").trim();
      return [{ pid: Number(directory.slice("/proc/".length)), name }];
    } catch {
      return [];
    }
  });
  return found.toSorted((one, other) => Number(other.pid === group) - Number(one.pid === group));
}

/** Files of shared memory that a process has open. */
function sharedMemoryOf({ pid }: Process): readonly string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return [...maps.matchAll(/\/dev\/shm\/psm_\w+/g)].map(([path]) => path);
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
    const log = join(directory, "replica-0.log");
    const options = {
      model,
      modelName: "alphabet",
      executable,
      extraArguments: [...VLLM_ARGUMENTS, "--max-model-len", "256"],
      environment: VLLM_ENVIRONMENT,
    };
    const args = [join(import.meta.dirname, "__fixtures__/launch-host.ts"), JSON.stringify(options), directory];
    const host = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void host.kill("SIGKILL"));
    const heard = createInterface(host.stdout)[Symbol.asyncIterator]();
    const until = async <W extends Heard["what"]>(what: W): Promise<Extract<Heard, { what: W }>> => {
      for (;;) {
        const line = await heard.next();
        if (line.done === true) throw new Error(`the host ended before ${what}`);
        const one = JSON.parse(String(line.value)) as Heard;
        // What its kind says.
        if (one.what === what) return one as Extract<Heard, { what: W }>;
      }
    };

    const first = await until("ready");
    const answer = await complete(first.replica);
    const before = processesOf(log);
    process.kill(before.find(({ name }) => name.startsWith("VLLM::Worker"))!.pid, "SIGKILL");
    const { why } = await until("down");
    const second = await until("ready");
    const again = await complete(second.replica);
    const after = processesOf(log);
    const shared = after.flatMap(sharedMemoryOf);
    // What its server leaves behind when it is killed alone is for the launcher to end.
    process.kill(after[0]!.pid, "SIGKILL");
    await until("down");
    host.kill("SIGKILL");
    await once(host, "close");

    expect([answer, again]).toEqual(["wxyz", "wxyz"]);
    expect(why).toContain("ended with exit code");
    expect([before, after].map((all) => all.filter(({ name }) => name.startsWith("VLLM::")).length)).toEqual([2, 2]);
    await vi.waitFor(() => expect([...before, ...after].filter(({ pid }) => isAlive(pid))).toEqual([]), {
      timeout: 60_000,
      interval: 50,
    });
    expect(shared).not.toEqual([]);
    expect(shared.filter((path) => existsSync(path))).toEqual([]);
    expect(readFileSync(log, "utf8")).not.toContain(first.replica.apiKey);
  },
  VLLM_START_MS,
);
