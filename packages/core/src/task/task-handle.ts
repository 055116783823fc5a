import type { TaskResult } from "./task-result.ts";
import type { TaskState } from "./task-state.ts";

/**
 * Anything that stands for a submitted task: a task object or a future.
 *
 * Awaiting it gives the result; an async function that returns it returns the *result*, since JavaScript unwraps what has a `then`.
 * To hand the handle itself around, put it inside an object or array.
 */
export interface TaskHandle<T = unknown> extends PromiseLike<TaskResult<T>> {
  readonly uid: string;
  readonly state: TaskState;
  /** Name of the backend that the task was routed to, or the one asked for before that. */
  readonly backend: string | undefined;

  /**
   * Stops the task and resolves once its work is gone. A task that has settled stays as it is.
   *
   * @param reason - Goes into the error of whoever awaits the task.
   */
  cancel(reason?: string): Promise<void>;

  /** Resolves to the result in whatever state the task settles; rejects only when the task was never submitted. */
  settled(): Promise<TaskResult<T>>;
}

/** Tells whether a value stands for a task. */
export function isTaskHandle(value: unknown): value is TaskHandle {
  return typeof value === "object" && value !== null && taskMarker in value;
}

/** Found on the prototype of every handle, also across two installed copies of this package. */
export const taskMarker: unique symbol = Symbol.for("@rhapsody/core:task");

/** The type a task's result has: `TaskValue<TaskHandle<number>>` is `number`. */
export type TaskValue<H> = H extends TaskHandle<infer T> ? T : unknown;

/**
 * `T`, or a task that gives `T`, or a structure with tasks in places of its parts.
 *
 * Objects with methods of their own (dates, maps, class instances) are taken whole.
 */
export type Pending<T> =
  | T
  | TaskHandle<T>
  | (T extends Callable | Whole ? never : T extends object ? { readonly [K in keyof T]: Pending<T[K]> } : never);

type Callable = (...args: never[]) => unknown;
type Whole =
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | ArrayBufferView
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;
