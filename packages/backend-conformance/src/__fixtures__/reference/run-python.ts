import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import type { FunctionWork, PythonFunction, TaskFailureCode } from "@rhapsody/core";
import { failed, threw, type Ended, type Run } from "./run.ts";

/** Reads a request from standard input and writes the answer to descriptor 3, as prints go to standard output. */
const SOURCE = `
import base64, functools, importlib, json, os, sys

def decode(value):
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        return {key: decode(item) for key, item in value.items()}
    return [decode(item) for item in value] if isinstance(value, list) else value

def encode(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be sent")

def run(request):
    try:
        module = importlib.import_module(request["module"])
        function = functools.reduce(getattr, request["name"].split("."), module)
        if not callable(function):
            raise AttributeError("it is no function")
    except (ImportError, AttributeError) as error:
        return {"code": "TASK_FUNCTION_NOT_FOUND", "message": f"{request['module']}:{request['name']}: {error}"}
    try:
        value = function(*decode(request["args"]))
    except Exception as error:
        return {"code": "TASK_FUNCTION_THREW", "name": type(error).__name__, "message": str(error)}
    try:
        return {"value": json.loads(json.dumps(value, default=encode))}
    except (TypeError, ValueError) as error:
        return {"code": "TASK_NOT_SERIALIZABLE", "message": str(error)}

answer = json.dumps(run(json.load(sys.stdin)))
with open(3, "w") as channel:
    channel.write(answer)
`;

/** What the source above answers. */
interface Answer {
  readonly code?: TaskFailureCode;
  readonly name?: string;
  readonly message?: string;
  readonly value?: unknown;
}

export function runPython(work: FunctionWork, { module, name }: PythonFunction): Run {
  let request: string;
  try {
    request = JSON.stringify({ module, name, args: work.args }, encode);
  } catch (error) {
    return { ended: Promise.resolve(failed("TASK_NOT_SERIALIZABLE", String(error))), stop: async () => "cancelled" };
  }
  const child = spawn("python3", ["-c", SOURCE], { stdio: ["pipe", "ignore", "ignore", "pipe"] });
  child.stdin?.end(request);
  const ended = Promise.all([text(child.stdio[3] as Readable), once(child, "exit")]).then(([answer]): Ended => {
    return answer === "" ? failed("TASK_WORKER_DIED", "Python ended") : toEnded(JSON.parse(answer) as Answer);
  });
  return {
    ended,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      return "cancelled";
    },
  };
}

function toEnded({ code, name = "Error", message = "", value }: Answer): Ended {
  if (code === undefined) return { state: "DONE", returnValue: decode(value) };
  if (code !== "TASK_FUNCTION_THREW") return failed(code, message);
  return threw(Object.assign(new Error(message), { name }));
}

function encode(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (typeof value === "function") throw new TypeError("a function cannot be sent");
  return value;
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}
