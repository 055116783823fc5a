import type { TaskSpec } from "@rhapsody/core";
import { z } from "zod";

/** Options of a single task for the concurrent backend, under `backendOptions.concurrent`. */
export interface ConcurrentTaskOptions {
  /**
   * Runs `executable` as a `/bin/sh` command, so that it may use pipes and variables; every argument is appended as one quoted word.
   * @defaultValue `false`
   */
  readonly shell?: boolean | undefined;
  /** Makes the working directory, with its parents, when it is missing. @defaultValue `false` */
  readonly createWorkingDirectory?: boolean | undefined;
}

declare module "@rhapsody/core" {
  interface TaskBackendOptions {
    readonly concurrent?: ConcurrentTaskOptions | undefined;
  }
}

const schema: z.ZodType<ConcurrentTaskOptions> = z.strictObject({
  shell: z.boolean().optional(),
  createWorkingDirectory: z.boolean().optional(),
});

const defaults: ConcurrentTaskOptions = {};

/** The options of a task, or a text that says what is wrong with them. */
export function parseTaskOptions({ backendOptions }: TaskSpec): ConcurrentTaskOptions | string {
  const given = backendOptions["concurrent"];
  if (given === undefined) return defaults;
  const result = schema.safeParse(given);
  return result.success ? result.data : `backendOptions.concurrent: ${z.prettifyError(result.error)}`;
}
