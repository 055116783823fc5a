import * as z from "zod";
import { OptionsError } from "../errors/options-error.ts";
import type { CaptureOptions, TaskOptions } from "../task/task-options.ts";
import { defaultsSchema } from "./task-schema.ts";

/** Fields that tasks take from their session when they do not say otherwise. `environment` is merged, the others are replaced. */
export interface TaskDefaults
  extends
    CaptureOptions,
    Pick<
      TaskOptions,
      | "environment"
      | "workingDirectory"
      | "resources"
      | "retry"
      | "timeoutMs"
      | "queueTimeoutMs"
      | "priority"
      | "onDependencyFailure"
    > {}

/** The defaults of a session that has none. */
export const NO_DEFAULTS: TaskDefaults = Object.freeze({});

/**
 * Checks a session's defaults as strictly as the tasks that will take them.
 *
 * @throws {@link OptionsError} that lists every problem.
 */
export function parseDefaults(defaults: TaskDefaults): TaskDefaults {
  const { uid, name, backend, dependencies, executable, ...fields }: Record<string, unknown> = { ...defaults };
  const misplaced = Object.entries({ uid, name, backend, dependencies, executable }).filter(
    ([, value]) => value !== undefined,
  );
  const parsed = defaultsSchema.safeParse(fields);
  // A copy, which does not change when the user's object does; the schema has just checked it.
  if (parsed.success && misplaced.length === 0) return parsed.data as TaskDefaults;
  const problems = misplaced.map(([field]) => `${field} cannot have a default`);
  if (!parsed.success) problems.push(z.prettifyError(parsed.error));
  throw new OptionsError(`[session] defaults: ${problems.join("; ")}`);
}
