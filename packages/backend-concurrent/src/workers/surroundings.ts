import { mkdirSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { describeThrown } from "../functions/describe-thrown.ts";
import { CallError } from "./call-error.ts";
import type { Surroundings } from "./messages.ts";

/**
 * Sets the variables and the working directory of a call.
 *
 * @returns a function that puts things back as they were.
 * @throws CallError `TASK_WORKING_DIRECTORY`.
 */
export function enterSurroundings({ environment, workingDirectory, createWorkingDirectory }: Surroundings): () => void {
  const before = workingDirectory === undefined ? undefined : process.cwd();
  if (workingDirectory !== undefined) enterDirectory(workingDirectory, createWorkingDirectory === true);
  // In a thread this is the thread's own copy of the environment.
  const replaced = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);
  return () => {
    if (before !== undefined) process.chdir(before);
    for (const [name, value] of replaced) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}

function enterDirectory(directory: string, create: boolean): void {
  if (!isMainThread) {
    const message = `a function in a worker thread cannot run in ${directory}: threads share one working directory; open the backend with isolation: "process"`;
    throw new CallError("TASK_WORKING_DIRECTORY", message);
  }
  try {
    if (create) mkdirSync(directory, { recursive: true });
    process.chdir(directory);
  } catch (cause) {
    const message = `working directory ${directory} cannot be ${create ? "created or " : ""}entered (${describeThrown(cause)}); create it, or ask for it to be created`;
    throw new CallError("TASK_WORKING_DIRECTORY", message, { cause });
  }
}
