import { resolve } from "node:path";
import type { TaskSpec } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import { parseTaskOptions } from "../options/task-options.ts";

/** The attempt as the engine for Python gets it: with the variables of its GPUs and an absolute directory. A text says what is wrong with its options. */
export function toPythonSpec(attempt: Attempt): TaskSpec | string {
  const options = parseTaskOptions(attempt.spec);
  if (typeof options === "string") return options;
  const { workingDirectory, ...spec } = attempt.spec;
  return {
    ...spec,
    ...(workingDirectory !== undefined && { workingDirectory: resolve(workingDirectory) }),
    environment: attempt.environment({}),
    backendOptions: { ...options },
  };
}
