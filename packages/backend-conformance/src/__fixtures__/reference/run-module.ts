import { Worker } from "node:worker_threads";
import type { BackendContext, FunctionWork, ModuleFunction, TaskSpec } from "@rhapsody/core";
import { contextOf } from "./task-fields.ts";
import { failed, settlesWithin, threw, type Ended, type Run } from "./run.ts";

/** What the worker sends back. */
export type ModuleAnswer =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown; readonly name: string | undefined }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "unsendable"; readonly message: string };

export function runModule(task: TaskSpec, work: FunctionWork, target: ModuleFunction, context: BackendContext): Run {
  let worker: Worker;
  try {
    const workerData = { url: target.url, name: target.name, args: work.args, context: contextOf(task, context) };
    worker = new Worker(new URL("module-worker.ts", import.meta.url), { workerData });
  } catch (error) {
    return { ended: Promise.resolve(failed("TASK_NOT_SERIALIZABLE", String(error))), stop: async () => "cancelled" };
  }
  const { promise: ended, resolve } = Promise.withResolvers<Ended>();
  worker.once("message", (answer: ModuleAnswer) => {
    resolve(toEnded(answer));
    void worker.terminate();
  });
  worker.once("error", (error) => resolve(failed("TASK_WORKER_DIED", error.message)));
  worker.once("exit", (code) => resolve(failed("TASK_WORKER_DIED", `the worker ended with code ${code}`)));
  return {
    ended,
    stop: async (graceMs) => {
      worker.postMessage("abort");
      if (!(await settlesWithin(ended, graceMs))) await worker.terminate();
      return "cancelled";
    },
  };
}

function toEnded(answer: ModuleAnswer): Ended {
  switch (answer.kind) {
    case "value":
      return { state: "DONE", returnValue: answer.value };
    case "threw":
      // Structured clone keeps the names of built-in errors only.
      if (answer.error instanceof Error && answer.name !== undefined) answer.error.name = answer.name;
      return threw(answer.error);
    case "missing":
      return failed("TASK_FUNCTION_NOT_FOUND", answer.message);
    case "unsendable":
      return failed("TASK_NOT_SERIALIZABLE", answer.message);
  }
}
