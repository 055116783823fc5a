/** What one task needs. Fields left out take the backend's default for the kind of task. */
export interface TaskResources {
  /** Processor cores for each rank; fractions share a core. */
  readonly cores?: number | undefined;
  /** GPUs for each rank; fractions share a GPU. */
  readonly gpus?: number | undefined;
  /** Main memory for each rank, in bytes. */
  readonly memoryBytes?: number | undefined;
  /** Processes of an MPI job, started together. @defaultValue `1` */
  readonly ranks?: number | undefined;
  /** Nodes over which the ranks are spread. @defaultValue `1` */
  readonly nodes?: number | undefined;
}

/** Name of one kind of resource. */
export type ResourceName = keyof TaskResources;

/** What a task was given and what it used, as far as its backend can tell. */
export interface ResourceUsage {
  /** Ids of the cores given; an empty list for a task that shares them. */
  readonly cores?: readonly number[];
  /** Ids of the GPUs given, as in `CUDA_VISIBLE_DEVICES`. */
  readonly gpus?: readonly string[];
  /** Nodes on which the task ran. */
  readonly nodes?: readonly string[];
  /** Largest resident memory of one process of the task, in bytes. */
  readonly peakMemoryBytes?: number;
  /** Processor time over all processes of the task that ended in order, user and system, in milliseconds. */
  readonly cpuTimeMs?: number;
}
