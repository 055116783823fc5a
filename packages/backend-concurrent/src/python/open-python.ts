import { BackendError, type BackendContext, type TaskSpec } from "@rhapsody/core";
import type { EngineHandle, EngineTask, Surroundings } from "@rhapsody/python-bridge";
import type { Settings } from "../options/backend-options.ts";
import type { OpenPython } from "./python-runner.ts";

const PACKAGE = "@rhapsody/python-bridge";

/** What {@link pythonOpener} needs to know. */
export interface PythonParts {
  readonly settings: Settings;
  /** Most functions at a time. */
  readonly workers: number;
  /** Absolute directory for captured output. */
  readonly captureDir: string;
}

/** Opens the pool of Python processes, by a package that is loaded when the first Python function comes. */
export function pythonOpener({ settings, workers, captureDir }: PythonParts): OpenPython {
  const { name: backend, python, graceMs } = settings;
  return async (context: BackendContext): Promise<EngineHandle> => {
    const { openEngine, toEngineTask } = await loadBridge(backend);
    const toWork = (spec: TaskSpec, surroundings: Surroundings): EngineTask => {
      const task = toEngineTask(spec, surroundings);
      const { createWorkingDirectory } = spec.backendOptions;
      if (createWorkingDirectory !== true) return task;
      return { ...task, work: { ...(task.work as object), createWorkingDirectory } };
    };
    const engine = { module: "rhapsody_bridge.pool" };
    const options = { backend, python, requires: [], engine, settings: { workers }, toWork, graceMs, captureDir };
    return openEngine(options, context);
  };
}

async function loadBridge(backend: string): Promise<typeof import("@rhapsody/python-bridge")> {
  try {
    return await import("@rhapsody/python-bridge");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const message = missing
      ? `Python functions need ${PACKAGE}, which is not installed: npm install ${PACKAGE}`
      : `${PACKAGE} cannot be loaded; install it again: npm install ${PACKAGE}`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause });
  }
}
