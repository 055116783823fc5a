import type { TaskFailureCode, TaskUpdate } from "@rhapsody/core";
import { changeUpdates, inScript, type Fault } from "./fault.ts";
import { programs } from "./programs.ts";

export const programFailureFaults: readonly Fault[] = [
  {
    what: "reports signals as a shell does",
    ...programs,
    breaks: changeUpdates((update) => {
      if (update.state !== "FAILED" || update.signal === undefined) return [update];
      const { signal: _, ...rest } = update;
      return [{ ...rest, exitCode: 137, failure: { ...update.failure, code: "TASK_EXIT_CODE" } }];
    }),
    fails: ["program-failures/signal", "program-failures/broken-pipe"],
  },
  {
    what: "takes high exit codes for signals, and drops others",
    ...programs,
    breaks: changeUpdates((update) => {
      if (update.state !== "FAILED" || update.exitCode === undefined) return [update];
      const { exitCode, ...rest } = update;
      return exitCode > 128
        ? [{ ...rest, signal: "SIGKILL", failure: { ...update.failure, code: "TASK_SIGNALED" } }]
        : [rest];
    }),
    fails: ["program-failures/exit-code", "program-failures/high-exit-code"],
  },
  {
    what: "starts programs that ignore a broken pipe",
    ...programs,
    breaks: inScript('trap "" PIPE; exec "$@"'),
    fails: [
      "program-failures/broken-pipe",
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/a-directory",
    ],
  },
  {
    what: "says no more than that a program could not be started",
    ...programs,
    breaks: changeCodes((code) => (code === "TASK_EXIT_CODE" || code === "TASK_SIGNALED" ? code : "TASK_SPAWN_FAILED")),
    fails: [
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/a-directory",
      "program-failures/no-directory",
      "program-failures/directory-is-file",
    ],
  },
  {
    what: "says nothing about the cause of a failure",
    ...programs,
    breaks: changeUpdates((update) =>
      update.state === "FAILED" ? [{ ...update, failure: { ...update.failure, message: "it failed" } }] : [update],
    ),
    fails: [
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/no-directory",
    ],
  },
];

function changeCodes(change: (code: TaskFailureCode) => TaskFailureCode): Fault["breaks"] {
  return changeUpdates((update: TaskUpdate) =>
    update.state === "FAILED"
      ? [{ ...update, failure: { ...update.failure, code: change(update.failure.code) } }]
      : [update],
  );
}
