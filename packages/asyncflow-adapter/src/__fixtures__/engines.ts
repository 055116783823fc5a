import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { silentLogger, type Logger } from "@rhapsody/core";
import { RecordingBackend, type RecordingBackendOptions } from "@rhapsody/core/testing";
import { onTestFinished } from "vitest";
import { WorkflowEngine } from "../engine/workflow-engine.ts";
import type { EngineOptions } from "../options/engine-options.ts";

/** An engine that is shut down when the test has finished. */
export async function createEngine(options: EngineOptions): Promise<WorkflowEngine> {
  const quiet = options.session === undefined ? { logger: silentLogger, handleInterrupt: false } : {};
  const flow = await WorkflowEngine.create({ ...quiet, ...options });
  onTestFinished(async () => await flow.shutdown());
  return flow;
}

/** An engine on a real backend of this machine. */
export async function localEngine(options: Partial<EngineOptions> = {}): Promise<WorkflowEngine> {
  const backend = new ConcurrentExecutionBackend({ resources: { gpus: 0 }, graceMs: 500 });
  return await createEngine({ backend, uid: "flow", ...options });
}

/** An engine on a backend that records what it is given, and does what the test says. */
export async function recordingEngine(
  recording: RecordingBackendOptions = {},
  options: Partial<EngineOptions> = {},
): Promise<{ flow: WorkflowEngine; backend: RecordingBackend }> {
  const backend = new RecordingBackend(recording);
  return { flow: await createEngine({ backend, uid: "flow", ...options }), backend };
}

/** A logger that keeps what is an error. */
export function keepingLogger(): { logger: Logger; errors: [object, string][] } {
  const errors: [object, string][] = [];
  const error = (fields: object, message: string): void => void errors.push([fields, message]);
  return { logger: { ...silentLogger, error } as unknown as Logger, errors };
}

/** A promise with what settles it. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}
