import type { BackendContext, TaskWork } from "@rhapsody/core";
import type { Runner } from "../attempt/runner.ts";
import { InlineRunner } from "../functions/inline-runner.ts";
import { ModuleRunner } from "../functions/module-runner.ts";
import type { Settings } from "../options/backend-options.ts";
import { ProcessStarter } from "../programs/process-starter.ts";
import { ProgramRunner } from "../programs/program-runner.ts";
import { pythonOpener } from "../python/open-python.ts";
import { PythonRunner } from "../python/python-runner.ts";
import type { Budget } from "../resources/budget.ts";
import { processes } from "../workers/process-link.ts";
import { threads } from "../workers/thread-link.ts";
import { WorkerPool } from "../workers/worker-pool.ts";

/** What {@link createRunners} needs to know. */
export interface RunnersParts {
  readonly settings: Settings;
  readonly budget: Budget;
  readonly context: BackendContext;
  readonly captureDir: string;
  /** The launcher of programs died. */
  readonly onLost: (error: Error) => void;
}

/** The runners of one opening. */
export interface Runners {
  /** The runner for a piece of work; `undefined` for work that this backend does not do. */
  for(work: TaskWork): Runner | undefined;
  /** Ends workers and the launcher. Attempts must have been stopped before. */
  close(graceMs: number): Promise<void>;
}

/** Builds the runners. No process or thread is started before there is work for it. */
export function createRunners({ settings, budget, context, captureDir, onLost }: RunnersParts): Runners {
  const { environment, sessionUid } = context;
  const place = { backend: settings.name, sessionUid };
  const starter = new ProcessStarter({ limit: budget.programs, onLost });
  const programs = new ProgramRunner({ starter, environment, captureDir });
  const inline = new InlineRunner(place);
  const inProcesses = settings.isolation === "process";
  const modules = new ModuleRunner({
    pool: new WorkerPool({ size: budget.workers, start: inProcesses ? processes(starter, place) : threads(place) }),
    environment,
    captureDir,
    ...(inProcesses && { prepare: () => programs.prepare() }),
  });
  const python = new PythonRunner(context, pythonOpener({ settings, workers: budget.workers, captureDir }));
  return {
    for(work) {
      if (work.kind === "executable") return programs;
      if (work.kind !== "function") return undefined;
      return { inline, module: modules, python }[work.function.kind];
    },
    async close(graceMs) {
      // Worker processes are the launcher's, so they go first.
      await Promise.all([modules.close(graceMs), python.close(graceMs)]);
      await starter.close(graceMs);
    },
  };
}
