import type { Task } from "@rhapsody/core";

/**
 * Empties the description of a task that has settled, which the engine made: the tasks in its arguments have theirs in turn, so that the last handle of a loop
 * would keep the whole loop.
 */
export function forgetDescription({ options }: Task): void {
  for (const field of FIELDS) if (field in options) Reflect.set(options, field, undefined);
}

const FIELDS = ["function", "args", "executable", "prompt", "dependencies", "retry"];
