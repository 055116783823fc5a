import type { TaskFailure, TaskOutcome } from "@rhapsody/core";
import type { CapturedOutput, ProcessExit } from "../launcher/launcher-event.ts";
import { decodeOutput } from "./decode-output.ts";

/** Where the output of a program went, when not into memory. */
export interface OutputPaths {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program that ended left behind. */
export function programOutcome(exit: ProcessExit, paths: OutputPaths | undefined): TaskOutcome {
  const { exitCode, signal, peakMemoryBytes, cpuTimeMs } = exit;
  const truncated = exit.stdout?.truncated === true || exit.stderr?.truncated === true;
  return {
    stdout: paths?.stdout ?? textOf(exit.stdout),
    stderr: paths?.stderr ?? textOf(exit.stderr),
    ...(truncated && { outputTruncated: true }),
    ...(exitCode !== null && { exitCode }),
    ...(signal !== null && { signal }),
    ...((peakMemoryBytes !== undefined || cpuTimeMs !== undefined) && {
      resources: {
        ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
        ...(cpuTimeMs !== undefined && { cpuTimeMs }),
      },
    }),
    startedAt: exit.startedAt,
    finishedAt: exit.finishedAt,
  };
}

/** Why the end of a program counts as a failure; `undefined` when it does not. */
export function programFailure({ exitCode, signal }: ProcessExit): TaskFailure | undefined {
  if (signal !== null) {
    const hint = signal === "SIGKILL" ? "; when nobody killed it, the system was out of memory" : "";
    return { code: "TASK_SIGNALED", message: `the program was ended by ${signal}${hint}` };
  }
  if (exitCode === 0) return undefined;
  return { code: "TASK_EXIT_CODE", message: `the program ended with exit code ${exitCode}` };
}

function textOf(output: CapturedOutput | undefined): string {
  return output === undefined ? "" : decodeOutput(output.bytes, output.truncated);
}
