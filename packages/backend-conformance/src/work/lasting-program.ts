import { existsSync } from "node:fs";
import type { ExecutableWork } from "@rhapsody/core";
import type { PidFile } from "../observe/pid-file.ts";
import type { Trial } from "../trial/trial.ts";
import { program, TELL_PID } from "./program.ts";

/** A program that runs until it is killed, and its process. */
export interface LastingProgram {
  readonly work: ExecutableWork;
  readonly process: PidFile;
}

/** A program that ends when it is asked to, leaving word that it was. */
export function obedientProgram(trial: Trial): LastingProgram & { wasAsked(): boolean } {
  const process = trial.pidFile();
  // Short sleeps: one that is being started just when the signal comes could miss it.
  const script = `trap ': > "$1.asked"; exit 0' TERM; ${TELL_PID}; while :; do sleep 0.05; done`;
  return { ...lasting(trial, script, process), wasAsked: () => existsSync(`${process.path}.asked`) };
}

/** A program that does not end when it is asked to. */
export function stubbornProgram(trial: Trial): LastingProgram {
  return lasting(trial, `trap '' TERM; ${TELL_PID}; exec sleep 600`, trial.pidFile());
}

function lasting(trial: Trial, script: string, process: PidFile): LastingProgram {
  return { work: program(trial.settings.shell, ["-c", script, "sh", process.path]), process };
}
