// Functions that tests run in workers.
import { spawn } from "node:child_process";
import { openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { taskContext } from "@rhapsody/core";

export function add(a: number, b: number): number {
  return a + b;
}

export async function addLater(a: number, b: number): Promise<number> {
  await nextTurn();
  return a + b;
}

export function echo(value: unknown): unknown {
  return value;
}

export const notAFunction: number = 42;

/** Where it runs. */
export function whoAmI(): { readonly pid: number; readonly threadId: number } {
  return { pid: process.pid, threadId };
}

export function context(): Readonly<Record<string, unknown>> {
  const { uid, name, attempt, backend, sessionUid } = taskContext();
  return { uid, name, attempt, backend, sessionUid };
}

export function variable(name: string): string | undefined {
  return process.env[name];
}

export function directory(): string {
  return process.cwd();
}

/** Prints in all the ways there are, at once and after a while. */
export async function print(text: string): Promise<void> {
  console.log(`log ${text}`);
  console.error(`error ${text}`);
  process.stdout.write(Buffer.from("bytes "));
  await nextTurn();
  await new Promise<void>((resolve) => process.stdout.write(`later ${text}\n`, () => resolve()));
}

/** Prints when another call may already run. */
export function printAfterTheEnd(turns: number): void {
  const again = (left: number): void => {
    console.log("too late");
    if (left > 0) setImmediate(again, left - 1);
  };
  setImmediate(again, turns);
}

export function printMuch(bytes: number): void {
  process.stdout.write("x".repeat(bytes));
  process.stdout.write("end");
}

export function fail(): never {
  const cause = new TypeError("the inner one");
  throw Object.assign(new RangeError("the outer one", { cause }), { code: "E_OUTER", detail: { at: 3 } });
}

export function failWithOwnClass(): never {
  class SimulationError extends Error {
    override readonly name = "SimulationError";
    readonly recover = (): void => {};
  }
  throw new SimulationError("it diverged");
}

export function giveClosure(): unknown {
  return () => 1;
}

export function exit(code: number): never {
  process.exit(code);
}

/** Throws where nobody can catch it. */
export function crashLater(): Promise<never> {
  setImmediate(() => {
    throw new RangeError("nobody catches this");
  });
  return new Promise(() => {});
}

/** Takes memory until there is none. */
export function devour(): never {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 1_000_000 }, (_, index) => index + 0.5));
}

export function killSelf(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

/** Writes a file in one step, which tells the test that the function runs. */
function tell(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

/** Waits for its signal; says why it was aborted. */
export async function waitForAbort(path: string): Promise<never> {
  const { signal } = taskContext();
  const busy = setInterval(() => {}, 60_000);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      clearInterval(busy);
      tell(`${path}.aborted`, String(signal.reason));
      reject(new Error("stopped"));
    });
  });
  tell(path, "");
  return aborted;
}

/** Asks for its signal and takes no notice of it. */
export async function ignoreAbort(path: string): Promise<never> {
  tell(path, String(taskContext().signal.aborted));
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}

/** Computes for ever. */
export function spin(path: string): never {
  tell(path, "");
  for (;;);
}

/** Starts a program that leaves its group, tells its id, and waits for it. */
export function startProgram(path: string): Promise<void> {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  tell(path, String(child.pid));
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** Inside the kernel until the last writer of a named pipe is gone; nothing else can wake it up. */
export function blockInNative(pipe: string): void {
  // Text is read in one native call; bytes are not.
  readFileSync(pipe, "utf8");
}

/** Takes hold of a named pipe until the process is dead, says so, and computes for ever. */
export function spinHolding(pipe: string): never {
  writeSync(openSync(pipe, "w"), "function\n");
  for (;;);
}
