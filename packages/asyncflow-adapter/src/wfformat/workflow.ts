/** Versions of WfFormat that can be read. */
export type WfFormatVersion = "1.0" | "1.1" | "1.2" | "1.3" | "1.4" | "1.5" | "1.6";

/** One run of a scientific workflow, recorded or generated, as an instance of WfCommons WfFormat tells it. */
export interface WfWorkflow {
  readonly name: string;
  readonly description?: string;
  /** Version of WfFormat in which the instance is written. */
  readonly schemaVersion: WfFormatVersion;
  /** Every task after its parents, apart from that in the instance's order. */
  readonly tasks: readonly WfTask[];
  /** The files whose size the instance tells. */
  readonly files: readonly WfFile[];
  /** The machines that the recorded run took place on; empty for generated instances. */
  readonly machines: readonly WfMachine[];
  /** How long the recorded run took as a whole; absent for generated instances. */
  readonly makespanSeconds?: number;
}

/** One task of a {@link WfWorkflow}. */
export interface WfTask {
  /** Unique in the workflow. */
  readonly id: string;
  /** What kind of task it is, often the name of its program; many tasks share one. */
  readonly name: string;
  /** Ids of the tasks that it waits for, each once. */
  readonly parents: readonly string[];
  /** Ids of the tasks that wait for it, each once. */
  readonly children: readonly string[];
  /** How long the task ran, 0 or more. */
  readonly runtimeSeconds: number;
  /** Cores that it took, possibly a fraction; 1 when the instance does not say. */
  readonly cores: number;
  /** Largest resident memory; absent when it was not recorded. */
  readonly memoryBytes?: number;
  /** Ids of the files read, see {@link WfWorkflow.files} for their sizes. */
  readonly inputFiles: readonly string[];
  /** Ids of the files written. */
  readonly outputFiles: readonly string[];
  /** The program that ran, absent when it was not recorded. */
  readonly program?: string;
  /** Arguments of the program; empty when they were not recorded. */
  readonly arguments: readonly string[];
  /** Names of the machines that it ran on; empty when they were not recorded. */
  readonly machines: readonly string[];
}

/** A file that tasks read or write. */
export interface WfFile {
  readonly id: string;
  readonly sizeBytes: number;
}

/** A machine of the recorded run. */
export interface WfMachine {
  readonly name: string;
  readonly cores?: number;
  readonly memoryBytes?: number;
}
