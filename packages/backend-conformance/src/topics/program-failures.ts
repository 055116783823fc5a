import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import type { FailedUpdate, TaskFailureCode, TaskWork } from "@rhapsody/core";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import type { Trial } from "../trial/trial.ts";
import { program } from "../work/program.ts";
import { assertFailed } from "./assertions.ts";

/** How failures of programs look, the same on every backend. */
export const programFailures: Topic = {
  id: "program-failures",
  title: "failures of programs",
  tests: ({ kinds }) => (kinds.includes("executable") ? tests : []),
};

const tests: readonly ConformanceTest[] = [
  test("exit-code", "reports the exit code of a program that failed", async (trial) => {
    const end = await fails(trial, sh(trial, "exit 7"), "TASK_EXIT_CODE");

    assert.equal(end.exitCode, 7);
    assert.equal(end.signal, undefined);
  }),
  test("signal", "reports the signal that ended a program, and no exit code", async (trial) => {
    const end = await fails(trial, sh(trial, "kill -KILL $$"), "TASK_SIGNALED");

    assert.equal(end.signal, "SIGKILL");
    assert.equal(end.exitCode, undefined);
  }),
  test("high-exit-code", "takes an exit code over 128 for what it is, not for a signal", async (trial) => {
    const end = await fails(trial, sh(trial, "exit 137"), "TASK_EXIT_CODE");

    assert.equal(end.exitCode, 137);
    assert.equal(end.signal, undefined);
  }),
  test("broken-pipe", "starts programs that a broken pipe ends, as usual", async (trial) => {
    // Node.js ignores SIGPIPE, and what is ignored is inherited unless it is reset.
    const end = await fails(trial, sh(trial, "kill -PIPE $$; exit 0"), "TASK_SIGNALED");

    assert.equal(end.signal, "SIGPIPE");
  }),
  test("not-found", "names a program that is not in PATH", async (trial) => {
    const end = await fails(trial, program("rhapsody-no-such-program", []), "TASK_PROGRAM_NOT_FOUND");

    assert.match(end.failure.message, /rhapsody-no-such-program/);
  }),
  test("path-not-found", "names a program whose path does not exist", async (trial) => {
    const path = trial.path("missing");
    const end = await fails(trial, program(path, []), "TASK_PROGRAM_NOT_FOUND");

    assert.ok(end.failure.message.includes(path), end.failure.message);
  }),
  test("not-executable", "tells a file that may not be run from one that is missing", async (trial) => {
    const path = trial.path("plain.txt");
    await writeFile(path, "#!/bin/sh\n", { mode: 0o644 });
    const end = await fails(trial, program(path, []), "TASK_PROGRAM_NOT_EXECUTABLE");

    assert.ok(end.failure.message.includes(path), end.failure.message);
  }),
  test("a-directory", "takes a directory for a program that may not be run", async (trial) => {
    const path = trial.path("directory");
    await mkdir(path);

    await fails(trial, program(path, []), "TASK_PROGRAM_NOT_EXECUTABLE");
  }),
  test("no-directory", "names a working directory that does not exist", async (trial) => {
    const workingDirectory = trial.path("missing");
    const end = await fails(trial, sh(trial, "exit 0"), { code: "TASK_WORKING_DIRECTORY", workingDirectory });

    assert.ok(end.failure.message.includes(workingDirectory), end.failure.message);
  }),
  test("directory-is-file", "names a working directory that is a file", async (trial) => {
    const workingDirectory = trial.path("file");
    await writeFile(workingDirectory, "");

    await fails(trial, sh(trial, "exit 0"), { code: "TASK_WORKING_DIRECTORY", workingDirectory });
  }),
];

function sh({ settings }: Trial, script: string): TaskWork {
  return program(settings.shell, ["-c", script]);
}

async function fails(
  trial: Trial,
  work: TaskWork,
  expected: TaskFailureCode | { readonly code: TaskFailureCode; readonly workingDirectory: string },
): Promise<FailedUpdate> {
  const { code, ...fields } = typeof expected === "string" ? { code: expected } : expected;
  const opening = await trial.use();
  const end = await opening.run(work, fields);
  assertFailed(end, code);
  return end;
}
