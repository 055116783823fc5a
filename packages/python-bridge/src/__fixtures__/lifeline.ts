import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./open-test-engine.ts";

/** A named pipe that ends with the last of the processes that hold its writing end. */
export interface Lifeline {
  /** Absolute path of the pipe. */
  readonly path: string;
  /** Resolves when no holder is alive. */
  readonly broken: Promise<unknown>;
}

/** A lifeline for one test. */
export function lifeline(): Lifeline {
  const path = join(temporaryDirectory(), "lifeline");
  execFileSync("mkfifo", [path]);
  return { path, broken: once(createReadStream(path).resume(), "close") };
}
