import { parentPort, workerData } from "node:worker_threads";
import { runInTaskContext, type TaskContext } from "@rhapsody/core";
import type { ModuleAnswer } from "./run-module.ts";

const { url, name, args, context } = workerData as {
  url: string;
  name: string;
  args: unknown[];
  context: Omit<TaskContext, "signal">;
};
const controller = new AbortController();
// The listener keeps the worker going, as a pool's would.
parentPort?.on("message", () => controller.abort(new Error("stopped")));

answer(await compute());

async function compute(): Promise<ModuleAnswer> {
  let target: unknown;
  try {
    const module = (await import(url)) as Record<string, unknown>;
    target = module[name];
  } catch (error) {
    return { kind: "missing", message: `${url}: ${String(error)}` };
  }
  if (typeof target !== "function") return { kind: "missing", message: `${url} exports no function ${name}` };
  const call = target as (...args: unknown[]) => unknown;
  try {
    const value = await runInTaskContext({ ...context, signal: controller.signal }, async () => call(...args));
    return { kind: "value", value };
  } catch (error) {
    return { kind: "threw", error, name: error instanceof Error ? error.name : undefined };
  }
}

function answer(given: ModuleAnswer): void {
  try {
    parentPort?.postMessage(given);
  } catch (error) {
    parentPort?.postMessage({ kind: "unsendable", message: String(error) } satisfies ModuleAnswer);
  }
}
