import type { TaskRecord } from "../graph/task-record.ts";
import type { Answer, AITask, Embedding } from "../task/ai-task.ts";
import type { ComputeTask } from "../task/compute-task.ts";
import type { Callable, ModuleFunction, PythonFunction } from "../task/function-reference.ts";
import { TaskFuture } from "../task/task-future.ts";
import type { Prompt, TaskDescription, Texts } from "../task/task-options.ts";
import { Task } from "../task/task.ts";

/** What can be submitted: a task object or a plain description. */
export type TaskInput = Task | ComputeTask | AITask | TaskDescription;

/** The futures of a batch: for each task, in order, one of its value's type. */
export type FuturesOf<T extends readonly TaskInput[]> = { -readonly [K in keyof T]: TaskFuture<ValueOf<T[K]>> };

/** The type of the value of a task or description. */
export type ValueOf<T> =
  T extends Task<infer V>
    ? V
    : T extends { readonly executable: string | Callable }
      ? string
      : T extends { readonly function: infer F }
        ? FunctionValue<F>
        : T extends { readonly prompt: infer P }
          ? PromptValue<P, T extends { readonly responseSchema: infer S } ? S : undefined>
          : T extends { readonly embed: infer E }
            ? EmbeddingValue<E>
            : unknown;

type FunctionValue<F> =
  F extends PythonFunction<infer R>
    ? R
    : F extends ModuleFunction<infer M>
      ? Awaited<ReturnType<M>>
      : F extends Callable
        ? Awaited<ReturnType<F>>
        : unknown;

type PromptValue<P, S> = P extends (...args: never[]) => infer R
  ? Awaited<R> extends infer A extends Prompt
    ? Answer<A, S>
    : unknown
  : P extends Prompt
    ? Answer<P, S>
    : unknown;

type EmbeddingValue<E> = E extends (...args: never[]) => infer R
  ? Embedding<Extract<Awaited<R>, Texts>>
  : Embedding<Extract<E, Texts>>;

/** The future of an accepted record. */
export function futureOf(record: TaskRecord): TaskFuture {
  const { handle } = record;
  if (handle instanceof TaskFuture) return handle;
  const future = handle === undefined ? undefined : Task.futureOf(handle);
  return future ?? new TaskFuture(record);
}
