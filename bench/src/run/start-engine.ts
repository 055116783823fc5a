import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startScheduler, startVllm, startWorkers } from "@rhapsody-internal/engines";
import type { Comparison, EngineSettings } from "../comparison.ts";

/** An engine that runs until it is disposed of. */
export interface StartedEngine extends AsyncDisposable {
  /** Absent where the comparison needs none. */
  readonly settings: EngineSettings | undefined;
}

/**
 * Starts what a comparison runs on.
 *
 * @param environment - Upstream's, where upstream takes part: its workers import it.
 */
export async function startEngine({ engine }: Comparison, environment: "dask" | "upstream"): Promise<StartedEngine> {
  if (engine === undefined) return { settings: undefined, [Symbol.asyncDispose]: async () => {} };
  if (engine === "dask") return startDask(environment);
  return engine === "vllm" ? startServer() : startStub();
}

async function startDask(environment: "dask" | "upstream"): Promise<StartedEngine> {
  await using started = new AsyncDisposableStack();
  const scheduler = started.use(await startScheduler({ environment }));
  started.use(await startWorkers({ scheduler, count: 2 }));
  const stack = started.move();
  return {
    settings: { scheduler: scheduler.address, python: scheduler.python },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** One that runs already is not ended. */
async function startServer(): Promise<StartedEngine> {
  const running = process.env["RHAPSODY_TEST_VLLM_URL"];
  if (running) return { settings: { server: running, model: "tiny" }, [Symbol.asyncDispose]: async () => {} };
  const started = await startVllm();
  return {
    settings: { server: started.url, model: started.model },
    [Symbol.asyncDispose]: () => started.stop(),
  };
}

async function startStub(): Promise<StartedEngine> {
  const program = fileURLToPath(new URL("../contenders/inference/stub-server.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return {
    settings: { server: String(said).trim(), model: "stub" },
    async [Symbol.asyncDispose]() {
      // It ends with its standard input, as it does when this process dies.
      child.stdin.end();
      await ended;
    },
  };
}
