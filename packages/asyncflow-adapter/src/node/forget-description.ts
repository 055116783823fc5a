import type { Task } from "@rhapsody/core";

/**
 * Empties the description of a task that has settled, which the engine made: the tasks in its arguments have theirs in turn, so that the last handle of a loop
 * would keep the whole loop.
 */
export function forgetDescription({ options }: Task): void {
  Object.assign(options, NOTHING);
}

const NOTHING = {
  function: undefined,
  args: undefined,
  executable: undefined,
  prompt: undefined,
  dependencies: undefined,
  retry: undefined,
};
