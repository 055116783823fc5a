import type { WfFile, WfMachine, WfTask } from "./workflow.ts";

/** What the layouts of all versions come to, before the tasks are linked with each other. */
export interface Instance {
  readonly name: string;
  readonly description?: string | undefined;
  readonly makespanSeconds?: number | undefined;
  readonly tasks: readonly InstanceTask[];
  /** About runs of tasks, by id or another of a task's names. */
  readonly executions: readonly (readonly [task: string, execution: Execution])[];
  readonly files: readonly WfFile[];
  readonly machines: readonly WfMachine[];
}

/** What the specification of a task says. */
export interface InstanceTask extends Pick<
  WfTask,
  "id" | "name" | "parents" | "children" | "inputFiles" | "outputFiles"
> {
  /** Everything that parents, children and executions may call the task. */
  readonly calledBy: readonly string[];
}

/** What was recorded of a run of a task. */
export interface Execution {
  readonly runtimeSeconds?: number | undefined;
  readonly cores?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly program?: string | undefined;
  readonly arguments: readonly string[];
  readonly machines: readonly string[];
}
