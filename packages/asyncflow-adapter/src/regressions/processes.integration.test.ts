import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";

const fixtures = join(import.meta.dirname, "../__fixtures__");

it("leaves Ctrl-C to its host once it is shut down (W26)", async () => {
  const host = spawn(process.execPath, [join(fixtures, "flow-interrupted.ts")], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void host.kill("SIGKILL"));
  await once(host.stdout, "data");

  host.kill("SIGINT");

  expect(await once(host, "exit")).toEqual([null, "SIGINT"]);
});

it("works in a thread (W27)", async () => {
  const thread = new Worker(join(fixtures, "flow-in-thread.ts"));
  const ended = once(thread, "exit");

  expect(await once(thread, "message")).toEqual(["42"]);
  expect(await ended).toEqual([0]);
});

it("never ends the process for a failure that nobody awaits (W30)", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(fixtures, "flow-that-fails.ts")]);

  expect(stdout.trim().split(" ")).toEqual([...Array.from({ length: 8 }, () => "FAILED"), "CANCELLED"]);
});
