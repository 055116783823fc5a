import { AsyncLocalStorage } from "node:async_hooks";

/** What the function of a task can know about its task while it runs. */
export interface TaskContext {
  readonly uid: string;
  /** The user's label; the uid when none was given. */
  readonly name: string;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** Name of the backend. */
  readonly backend: string;
  readonly sessionUid: string;
  /** Aborted when the task is cancelled or runs out of time; its `reason` says why. */
  readonly signal: AbortSignal;
}

/**
 * The task that the calling code runs for, through any number of `await`s; works in closures, worker threads and worker processes.
 *
 * @throws TypeError when the caller does not run inside the function of a task.
 */
export function taskContext(): TaskContext {
  const context = storage().getStore();
  if (context === undefined) throw new TypeError("taskContext: not called from the function of a task");
  return context;
}

/** Runs a function such that {@link taskContext} answers `context` inside it. For authors of backends. */
export function runInTaskContext<T>(context: TaskContext, run: () => T): T {
  return storage().run(context, run);
}

const key = Symbol.for("@rhapsody/core:task-context");

/** One store for the whole thread, so that a second installed copy of this package sees the same task. */
function storage(): AsyncLocalStorage<TaskContext> {
  // The key is ours alone, so what is found under it is what was put there below.
  const shared = globalThis as { [key]?: AsyncLocalStorage<TaskContext> };
  return (shared[key] ??= new AsyncLocalStorage<TaskContext>());
}
