import type { DaskCluster } from "./cluster-options.ts";

/** Options of `DaskExecutionBackend`. */
export interface DaskBackendOptions {
  /** Routing key, unique in a session. @defaultValue `"dask"` */
  readonly name?: string | undefined;
  /** Where the tasks run. @defaultValue `{ kind: "local" }` */
  readonly cluster?: DaskCluster | undefined;
  /**
   * Python with `dask` and `distributed`, in the versions that the cluster has.
   * @defaultValue `RHAPSODY_PYTHON`, the activated environment, then `python3` in `PATH`
   */
  readonly python?: string | undefined;
  /**
   * Node.js on the workers, for functions of JavaScript modules: a path, or a command with its options.
   * @defaultValue what the cluster's handle says, that of this process on a `local` cluster, else `node` in the `PATH` of the workers
   */
  readonly node?: string | readonly string[] | undefined;
  /**
   * How many short tasks go to a worker as one piece. Each keeps its own result, failure and cancellation. `false`: each goes alone.
   * @defaultValue pieces of about 100 ms, at most 64 tasks
   */
  readonly chunking?: false | DaskChunking | undefined;
  /** Time between asking a task to stop and killing it, in milliseconds; `0` kills at once. @defaultValue 5,000 */
  readonly graceMs?: number | undefined;
  /** How long connecting to the scheduler may take, in milliseconds. @defaultValue 30,000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long opening waits for the first worker, in milliseconds; `0` does not wait: tasks stay in line until there is one.
   * @defaultValue 30,000 on a `local` cluster, else 0
   */
  readonly waitForWorkersMs?: number | undefined;
  /** Directory for the output of tasks with `capture: "file"`, the same on every worker. @defaultValue the session's work directory */
  readonly captureDir?: string | undefined;
}

/** Bounds of the pieces that short tasks are put into. */
export interface DaskChunking {
  /** How long a worker is to be busy with one piece, in milliseconds. @defaultValue 100 */
  readonly targetMs?: number | undefined;
  /** Most tasks in one piece. @defaultValue 64 */
  readonly max?: number | undefined;
}
