import { readFileSync, writeFileSync } from "node:fs";
import type { TaskWork } from "@rhapsody/core";
import type { Trial } from "../trial/trial.ts";
import { call, program, TELL_PID } from "./program.ts";

/** Work that counts how often it was begun, and ends when it is told to. */
export interface CountedWork {
  readonly work: TaskWork;
  /** Resolves once it was begun. */
  began(): Promise<void>;
  release(): void;
  count(): number;
}

/** Describes counted work of a kind that can be watched from here. */
export function countedWork(kind: "inline" | "executable", trial: Trial): CountedWork {
  return kind === "inline" ? closure(trial) : shellProgram(trial);
}

function closure(trial: Trial): CountedWork {
  const began = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let count = 0;
  const run = (): Promise<void> => {
    count += 1;
    began.resolve();
    return released.promise;
  };
  return {
    work: call({ kind: "inline", call: run }, []),
    began: () => trial.within(began.promise, "the closure to be called"),
    release: released.resolve,
    count: () => count,
  };
}

function shellProgram(trial: Trial): CountedWork {
  const file = trial.pidFile();
  const script = `echo begun >> "$1.log"; ${TELL_PID}; while [ ! -e "$1.release" ]; do sleep 0.01; done`;
  return {
    work: program(trial.settings.shell, ["-c", script, "sh", file.path]),
    began: () => file.written(),
    release: () => writeFileSync(`${file.path}.release`, ""),
    count: () => readFileSync(`${file.path}.log`, "utf8").trim().split("\n").length,
  };
}
