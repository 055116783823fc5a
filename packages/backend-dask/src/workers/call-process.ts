// Calls one function that a JavaScript module exports, in a process of its own where the task runs. Node.js gets this file as text, so it stands alone.
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, readFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { ModuleCall } from "./module-call.ts";

/** Where the outcome is expected, as an encoded value of the bridge. */
const OUTCOME = 3;

await run();

async function run(): Promise<void> {
  let call: ModuleCall;
  try {
    // The host serialized a call and nothing else.
    call = deserialize(readFileSync(0)) as ModuleCall;
  } catch (error) {
    const advice = "install there the version of Node.js that the session runs on";
    return fail(
      "TASK_NOT_SERIALIZABLE",
      `Node.js ${process.version} on ${hostname()} cannot read the arguments; ${advice}`,
      error,
    );
  }
  const target = await load(call);
  if (target === undefined) return;
  let value: unknown;
  try {
    value = await storage().run(contextOf(call.task), () => target(...call.args));
  } catch (error) {
    return fail("TASK_FUNCTION_THREW", `the function threw ${describe(error)}`, error);
  }
  let bytes: Buffer;
  try {
    bytes = serialize(value);
  } catch (error) {
    const message = `what the function returned cannot be copied: ${describe(error)}; return plain data`;
    return fail("TASK_NOT_SERIALIZABLE", message, error);
  }
  send({ state: "DONE", returnValue: { $b: [0, bytes.length] } }, bytes);
}

type Target = (...args: readonly unknown[]) => unknown;

async function load({ url, name }: ModuleCall): Promise<Target | undefined> {
  let namespace: Readonly<Record<string, unknown>>;
  try {
    // What import() gives is a module namespace object.
    namespace = (await import(url)) as typeof namespace;
  } catch (error) {
    const absent = url.startsWith("file:") && !existsSync(fileURLToPath(url));
    const advice = absent ? "; put it where the workers find it under the same path, e.g. on a shared file system" : "";
    const message = `module ${url} cannot be loaded on ${hostname()}: ${describe(error)}${advice}`;
    fail("TASK_FUNCTION_NOT_FOUND", message, error);
    return undefined;
  }
  const found = Object.hasOwn(namespace, name) ? namespace[name] : undefined;
  // A function of the user's; its parameters are not known here.
  if (typeof found === "function") return found as Target;
  const names = Object.keys(namespace).filter((key) => typeof namespace[key] === "function");
  const others =
    names.length === 0 ? "it exports no function" : `the functions that it exports are: ${names.join(", ")}`;
  fail("TASK_FUNCTION_NOT_FOUND", `module ${url} exports no function "${name}"; ${others}`);
  return undefined;
}

/** Where `taskContext()` of every copy of `@rhapsody/core` looks, so that none is needed here. */
function storage(): AsyncLocalStorage<unknown> {
  const key = Symbol.for("@rhapsody/core:task-context");
  // What is found under this key is such a store.
  const shared = globalThis as { [key]?: AsyncLocalStorage<unknown> };
  return (shared[key] ??= new AsyncLocalStorage<unknown>());
}

function contextOf(task: ModuleCall["task"]): object {
  const controller = new AbortController();
  let listens = false;
  return {
    ...task,
    get signal(): AbortSignal {
      // Without a listener the signal ends the process at once, also in the midst of a computation.
      if (!listens) {
        process.once("SIGTERM", () => controller.abort(new DOMException("the task was stopped", "AbortError")));
      }
      listens = true;
      return controller.signal;
    },
  };
}

function fail(code: string, message: string, thrown?: unknown): void {
  const cause =
    thrown instanceof Error
      ? { name: thrown.name, module: "", message: thrown.message, traceback: thrown.stack ?? "" }
      : undefined;
  send({ state: "FAILED", failure: { code, message, ...(cause !== undefined && { cause }) } });
}

function send(outcome: object, bytes: Uint8Array = new Uint8Array()): void {
  const json = Buffer.from(JSON.stringify(outcome));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const message = Buffer.concat([length, json, bytes]);
  for (let written = 0; written < message.length;) written += writeSync(OUTCOME, message, written);
  // What the function has left open would keep the process.
  process.exit(0);
}

/** A thrown value in one line. */
function describe(thrown: unknown): string {
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return typeof thrown === "string" ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}
