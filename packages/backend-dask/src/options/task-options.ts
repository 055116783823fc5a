import type { TaskSpec } from "@rhapsody/core";
import { z } from "zod";

/** Options of a single task for the Dask backend, under `backendOptions.dask`. A task with one of the first three goes to a worker alone. */
export interface DaskTaskOptions {
  /** Amounts of the resources that workers were started with (`dask worker --resources "GPU=2"`), e.g. `{ GPU: 1 }`. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Names or addresses of the workers that may run the task, which waits while none of them is there. @defaultValue any */
  readonly workers?: string | readonly string[] | undefined;
  /** How often Dask itself runs a task again that fails, unseen by the session; prefer `retry` of the task. @defaultValue 0 */
  readonly retries?: number | undefined;
  /** Priority among the tasks on the cluster; higher runs first. @defaultValue the task's `priority` */
  readonly priority?: number | undefined;
  /** What the task is called in Dask's dashboard and logs. @defaultValue the function's or program's name */
  readonly key?: string | undefined;
  /** Runs a Python function in a process of its own, so that it can be stopped while it computes. @defaultValue `false` */
  readonly killable?: boolean | undefined;
}

declare module "@rhapsody/core" {
  interface TaskBackendOptions {
    readonly dask?: DaskTaskOptions | undefined;
  }
}

const schema: z.ZodType<DaskTaskOptions> = z.strictObject({
  resources: z.record(z.string().min(1), z.number().positive()).optional(),
  workers: z.union([z.string().min(1), z.array(z.string().min(1)).nonempty()]).optional(),
  retries: z.int().nonnegative().optional(),
  priority: z.number().optional(),
  key: z.string().min(1).optional(),
  killable: z.boolean().optional(),
});

const defaults: DaskTaskOptions = {};

/** The options of a task, or a text that says what is wrong with them. */
export function parseTaskOptions({ backendOptions }: TaskSpec): DaskTaskOptions | string {
  const given = backendOptions["dask"];
  if (given === undefined) return defaults;
  const result = schema.safeParse(given);
  return result.success ? result.data : `backendOptions.dask: ${z.prettifyError(result.error)}`;
}
