import {
  runInTaskContext,
  type BackendContext,
  type FunctionWork,
  type InlineFunction,
  type TaskSpec,
} from "@rhapsody/core";
import { contextOf } from "./task-fields.ts";
import { settlesWithin, threw, type Ended, type Run } from "./run.ts";

export function runInline(
  task: TaskSpec,
  work: FunctionWork,
  call: InlineFunction["call"],
  context: BackendContext,
): Run {
  const controller = new AbortController();
  const taskContext = { ...contextOf(task, context), signal: controller.signal };
  const ended = runInTaskContext(taskContext, async (): Promise<Ended> => {
    try {
      return { state: "DONE", returnValue: await call(...work.args) };
    } catch (error) {
      return threw(error);
    }
  });
  return {
    ended,
    stop: async () => {
      controller.abort(new Error("stopped"));
      return (await settlesWithin(ended, 20)) ? "cancelled" : "detached";
    },
  };
}
