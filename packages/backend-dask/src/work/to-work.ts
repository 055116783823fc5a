import { deserialize, serialize } from "node:v8";
import type { ModuleFunction, TaskSpec } from "@rhapsody/core";
import { commonWork, toEngineTask, ValueError, type EngineTask, type Surroundings } from "@rhapsody/python-bridge";
import { parseTaskOptions, type DaskTaskOptions } from "../options/task-options.ts";
import { callArguments, type ModuleCall } from "../workers/module-call.ts";

/** What functions of JavaScript modules need to be called elsewhere. */
export interface CallSite {
  /** Node.js where the tasks run, and its options. */
  readonly node: readonly [string, ...string[]];
  readonly sessionUid: string;
}

const advice =
  "functions of JavaScript modules need Node.js on every worker: install it there, or name it by the option `node`";

/** Gives tasks, whose options hold, the form that the engine takes. */
export function toWork(site: CallSite): (spec: TaskSpec, surroundings: Surroundings) => EngineTask {
  return (spec, surroundings) => {
    const { killable, ...options } = optionsOf(spec);
    const target = moduleOf(spec);
    if (target !== undefined) {
      const argv = [...site.node, ...callArguments()];
      const input = inputOf(spec, target, { backend: surroundings.backend, sessionUid: site.sessionUid });
      const work = { kind: "call", argv, input, advice, ...commonWork(spec, surroundings) };
      return { kind: "module", group: `${target.url} ${target.name}`, work, options };
    }
    const task = toEngineTask(spec, surroundings);
    if (killable !== true || task.kind !== "python") return { ...task, options };
    // The work of a function is an object, to which this is an option for the worker.
    return { ...task, work: { ...(task.work as object), killable }, options };
  };
}

/** The value that a function of a JavaScript module returned; values of other tasks as they are. */
export function toReturnValue(value: unknown, spec: TaskSpec): unknown {
  return moduleOf(spec) !== undefined && value instanceof Uint8Array ? deserialize(value) : value;
}

function moduleOf({ work }: TaskSpec): ModuleFunction | undefined {
  return work.kind === "function" && work.function.kind === "module" ? work.function : undefined;
}

function optionsOf(spec: TaskSpec): DaskTaskOptions {
  const options = parseTaskOptions(spec);
  if (typeof options === "string") throw new TypeError(options);
  return options;
}

function inputOf(
  spec: TaskSpec,
  { url, name }: ModuleFunction,
  place: Pick<ModuleCall["task"], "backend" | "sessionUid">,
) {
  const { uid, attempt, work } = spec;
  const args = work.kind === "function" ? work.args : [];
  const call: ModuleCall = { url, name, args, task: { uid, name: spec.name, attempt, ...place } };
  try {
    return serialize(call);
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError("args", `cannot be copied to a worker: ${how}; pass plain data`, { cause });
  }
}
