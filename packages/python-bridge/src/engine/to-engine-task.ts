import { join } from "node:path";
import { BackendError, type TaskSpec } from "@rhapsody/core";
import type { EngineTask } from "./engine-options.ts";

/** What work is put into. */
export interface Surroundings {
  /** `Backend.name` of the instance, for errors. */
  readonly backend: string;
  /** The session's variables for every task. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute directory for output under `capture: "file"`. */
  readonly captureDir: string;
}

/**
 * A program or Python function in the form of the bridge: see "Work" in its architecture page.
 *
 * @throws `BackendError` `BACKEND_REJECTED_TASKS` for work of another kind.
 */
export function toEngineTask(spec: TaskSpec, surroundings: Surroundings): EngineTask {
  const { work, backendOptions: options } = spec;
  if (work.kind === "executable") {
    const { executable, arguments: args, stdin } = work;
    const program = { kind: "executable", executable, arguments: args, stdin, ...commonWork(spec, surroundings) };
    return { kind: "executable", group: executable, work: program, options };
  }
  if (work.kind === "function" && work.function.kind === "python") {
    const { module, name } = work.function;
    const call = { kind: "python", module, name, args: work.args, ...commonWork(spec, surroundings) };
    return { kind: "python", group: `${module}:${name}`, work: call, options };
  }
  const what = work.kind === "function" ? `a function of kind ${work.function.kind}` : `a ${work.kind}`;
  throw new BackendError("BACKEND_REJECTED_TASKS", {
    backend: surroundings.backend,
    message: `cannot run ${spec.uid}, which is ${what}: only programs and Python functions run here`,
  });
}

/** The fields that work of every kind has: variables, directory, capture. For backends that make work of their own. */
export function commonWork(
  { uid, attempt, work, environment, workingDirectory }: TaskSpec,
  { environment: shared, captureDir }: Surroundings,
): Readonly<Record<string, unknown>> {
  const common = { environment: { ...shared, ...environment }, workingDirectory };
  if (!("capture" in work)) return common;
  const { capture, maxOutputBytes } = work;
  if (capture !== "file") return { ...common, capture, maxOutputBytes };
  const file = join(captureDir, attempt === 1 ? uid : `${uid}.${attempt}`);
  return { ...common, capture, maxOutputBytes, files: { stdout: `${file}.stdout`, stderr: `${file}.stderr` } };
}
