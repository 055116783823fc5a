import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { NoopExecutionBackend } from "@rhapsody/core";
import { readSettings } from "../contender.ts";

const { backend, parallelism } = readSettings();

/** An engine on the backend of the settings. */
export async function openFlow(): Promise<WorkflowEngine> {
  return WorkflowEngine.create({
    backend:
      backend === "noop" ? new NoopExecutionBackend() : new ConcurrentExecutionBackend({ maxConcurrency: parallelism }),
  });
}

/** Throws unless a workflow gave what it should; the backend that runs nothing gives no value. */
export function check(value: unknown, expected: unknown): void {
  const wanted = backend === "noop" ? undefined : expected;
  if (value !== wanted) throw new Error(`${String(value)} instead of ${String(wanted)}`);
}
