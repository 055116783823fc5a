import type { Callable } from "./function-reference.ts";
import type { Dependency, ExecutableTaskOptions, FunctionTaskOptions, PythonTaskOptions } from "./task-options.ts";
import { Task } from "./task.ts";

/** A program or a function. `T` is the type of its value: `string` for programs, what the function returns for functions. */
export interface ComputeTask<T = unknown> extends Task<T, ComputeTaskOptions> {
  /** Path or name of the program; `undefined` for functions, and for programs that are computed. */
  readonly executable: string | undefined;
}

/** Any description of a {@link ComputeTask}. */
export type ComputeTaskOptions = ExecutableTaskOptions | FunctionTaskOptions | PythonTaskOptions;

/** Builds {@link ComputeTask}s; the value's type follows from the description. */
export interface ComputeTaskConstructor {
  new <const D extends readonly Dependency[] = readonly []>(options: ExecutableTaskOptions<D>): ComputeTask<string>;
  new <F extends Callable>(options: FunctionTaskOptions<F>): ComputeTask<Awaited<ReturnType<F>>>;
  new <R>(options: PythonTaskOptions<R>): ComputeTask<R>;
}

class ComputeTaskClass extends Task<unknown, ComputeTaskOptions> {
  get executable(): string | undefined {
    const { executable } = this.options;
    return typeof executable === "string" ? executable : undefined;
  }
}
Object.defineProperty(ComputeTaskClass, "name", { value: "ComputeTask" });

/**
 * A task that runs a program or a function.
 *
 * @example
 * ```ts
 * import { ComputeTask } from "@rhapsody/core";
 *
 * const count = new ComputeTask({ executable: "wc", arguments: ["-l"], stdin: "one\ntwo\n" });
 * const double = new ComputeTask({ function: async (n: number) => n * 2, args: [21] });
 * ```
 */
// One class cannot derive its type parameter from overloads, so the constructor is typed on its own.
export const ComputeTask: ComputeTaskConstructor = ComputeTaskClass as unknown as ComputeTaskConstructor;
