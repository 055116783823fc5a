import { fileURLToPath } from "node:url";
import {
  ComputeTask,
  moduleFunction,
  secret,
  type Callable,
  type Task,
  type TaskExecutionError,
  type TaskHandle,
} from "@rhapsody/core";
import { DELIBERATE, HANG_TIMEOUT_MS, SECRET, type Graph, type Node } from "../graph/graph.ts";
import { work, type Order, type Value } from "../work/functions.ts";

const PROGRAM = fileURLToPath(new URL("../work/program.sh", import.meta.url));
const workInWorker = moduleFunction<typeof import("../work/functions.ts")>(
  new URL("../work/functions.ts", import.meta.url),
  "work",
);

/** Longer than any run: only a clock that jumps could end it. */
const NEVER_MS = 3_600_000;

/** The tasks of a graph, the same ones in every process. */
export function buildTasks({ nodes }: Graph): readonly Task[] {
  const tasks: Task[] = [];
  for (const node of nodes) {
    const inputs = node.inputs.flatMap((place) => tasks[place] ?? []);
    const dependencies = node.after.flatMap((place) => nodes[place]?.uid ?? []);
    tasks.push(buildTask(node, inputs, dependencies));
  }
  return tasks;
}

/** Functions that a journal cannot hold. */
export const functions: Readonly<Record<string, Callable>> = { workInHost, unlessDeliberate };

async function workInHost(order: Order, ...inputs: readonly Value[]): Promise<Value> {
  return await work(order, ...inputs);
}

/** What was killed is tried again, as often as it takes. */
function unlessDeliberate({ code, exitCode, cause }: TaskExecutionError): boolean {
  if (code === "TASK_TIMEOUT" || exitCode === DELIBERATE.exitCode) return false;
  return !(cause instanceof Error && cause.message === DELIBERATE.message);
}

function buildTask(node: Node, inputs: readonly TaskHandle[], dependencies: readonly string[]): Task {
  const { uid, place, behaviour, form, ms, base, failures, onDependencyFailure, priority } = node;
  const common = {
    uid,
    dependencies,
    onDependencyFailure,
    priority,
    retry: { attempts: 1000, delayMs: 5, factor: 1, retryIf: unlessDeliberate },
    timeoutMs: behaviour === "hang" ? HANG_TIMEOUT_MS : NEVER_MS,
    queueTimeoutMs: NEVER_MS,
  };
  if (place === "program") {
    const order = [uid, behaviour, form, ms / 1000, base, failures];
    const environment = { CHAOS_SECRET: secret(SECRET) };
    return new ComputeTask({
      ...common,
      environment,
      backend: "threads",
      executable: PROGRAM,
      arguments: [...order, ...inputs],
    });
  }
  const order: Order = { uid, behaviour, form, ms, base, failures };
  const fn = place === "host" ? workInHost : workInWorker;
  // Handles stand for values here.
  const args = [order, ...inputs] as unknown as Parameters<typeof work>;
  return new ComputeTask({ ...common, backend: place === "process" ? "processes" : "threads", function: fn, args });
}
