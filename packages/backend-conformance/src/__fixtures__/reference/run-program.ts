import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { BackendContext, ExecutableWork, TaskSpec } from "@rhapsody/core";
import { endTree } from "./end-tree.ts";
import { failed, settlesWithin, type Ended, type Run } from "./run.ts";
import { Tail } from "./tail.ts";

/** Longer than it takes to read what is left in a pipe. */
const LEFTOVER_GRACE_MS = 50;

let count = 0;

export function runProgram(task: TaskSpec, work: ExecutableWork, context: BackendContext): Run {
  const cwd = task.workingDirectory;
  if (cwd !== undefined && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return over(failed("TASK_WORKING_DIRECTORY", `there is no directory ${cwd}`));
  }
  const marker = `RHAPSODY_REFERENCE=${process.pid}.${++count}`;
  const env = { ...process.env, ...context.environment, ...task.environment, RHAPSODY_REFERENCE: marker.split("=")[1] };
  const child = spawn(work.executable, work.arguments, { env, detached: true, ...(cwd !== undefined && { cwd }) });
  // A program need not read what it is given.
  child.stdin.on("error", () => {}).end(work.stdin);
  return {
    ended: watch(task, { child, work, context, marker }),
    stop: async (graceMs) => {
      await endTree(marker, graceMs, child.pid === undefined ? [] : [child.pid]);
      return "cancelled";
    },
  };
}

async function watch(
  task: TaskSpec,
  {
    child,
    work,
    context,
    marker,
  }: { child: ChildProcess; work: ExecutableWork; context: BackendContext; marker: string },
): Promise<Ended> {
  const captures = [child.stdout, child.stderr].map((stream, index) =>
    capture(stream as Readable, [task, work, context, index]),
  );
  const { promise: exit, resolve } = Promise.withResolvers<Ended>();
  child.once("error", ({ code, message }: NodeJS.ErrnoException) => {
    const missing = code === "ENOENT";
    resolve(
      failed(missing ? "TASK_PROGRAM_NOT_FOUND" : "TASK_PROGRAM_NOT_EXECUTABLE", `${work.executable}: ${message}`),
    );
  });
  child.once("exit", (exitCode, signal) => {
    if (exitCode === 0) resolve({ state: "DONE", exitCode });
    else if (signal !== null) resolve(failed("TASK_SIGNALED", `ended by ${signal}`, { signal }));
    else resolve(failed("TASK_EXIT_CODE", `ended with code ${exitCode}`, { exitCode: exitCode ?? 0 }));
  });
  const ended = await exit;
  const output = Promise.all(captures);
  // What the program left behind may keep its output open.
  if (!(await settlesWithin(output, LEFTOVER_GRACE_MS))) await endTree(marker, 0, []);
  const [stdout, stderr] = await output;
  if (stdout === undefined || stderr === undefined || work.capture === "none") return ended;
  const outputTruncated = stdout.truncated || stderr.truncated;
  return { ...ended, stdout: stdout.text, stderr: stderr.text, ...(outputTruncated && { outputTruncated }) };
}

type Destination = readonly [task: TaskSpec, work: ExecutableWork, context: BackendContext, index: number];

async function capture(
  stream: Readable,
  [task, work, context, index]: Destination,
): Promise<{ text: string; truncated: boolean }> {
  if (work.capture === "file") {
    const path = join(context.workDir, `${task.uid}.${task.attempt}.${index === 0 ? "stdout" : "stderr"}`);
    await pipeline(stream, createWriteStream(path));
    return { text: path, truncated: false };
  }
  const tail = new Tail(work.maxOutputBytes);
  stream.on("data", (bytes: Buffer) => tail.push(bytes));
  await finished(stream);
  return tail.read();
}

function over(ended: Ended): Run {
  return { ended: Promise.resolve(ended), stop: async () => "cancelled" };
}
