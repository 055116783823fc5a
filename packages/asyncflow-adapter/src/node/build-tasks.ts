import type { AsyncLocalStorage } from "node:async_hooks";
import { join, resolve } from "node:path";
import {
  AITask,
  ComputeTask,
  isTaskHandle,
  replaceParts,
  taskContext,
  type ComputedProgram,
  type Dependency,
  type DependencyContext,
  type Task,
  type TaskHandle,
  type TaskOptions,
} from "@rhapsody/core";
import { FlowError } from "../errors/flow-error.ts";
import { DependencyFailureError, label } from "../errors/task-errors.ts";
import { InputFile } from "../files/input-file.ts";
import { stageFiles } from "../files/stage-files.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import { checkAnswer } from "../tasks/check-answer.ts";
import { toProgram, fullResult } from "../tasks/to-program.ts";
import { beginOf, outcomeOf, type NodeOf } from "./error-of.ts";
import type { FlowNode } from "./flow-node.ts";
import type { AnyFunction, Recipe } from "./recipe.ts";
import type { Scope } from "./scope.ts";

/** What nodes are built with. */
export interface Workshop {
  /** Name of the backend for what is not the user's work. */
  readonly orchestrator: string;
  /** Directory of the session's files. */
  readonly workDir: string;
  readonly scopes: AsyncLocalStorage<Scope>;
  readonly nodeOf: NodeOf;
}

/** Builds the tasks of one node, in the order in which they run. */
export class TaskBuilder {
  readonly #node: FlowNode;
  readonly #recipe: Recipe;
  readonly #shop: Workshop;
  readonly #tasks: Task[] = [];
  /** What stands for each handle in values, and what is waited for. Absent where there is nothing to wait for. */
  #taken: Map<TaskHandle, TaskHandle> | undefined;
  #nodes: Set<FlowNode> | undefined;

  constructor(node: FlowNode, recipe: Recipe, shop: Workshop) {
    this.#node = node;
    this.#recipe = recipe;
    this.#shop = shop;
  }

  /** @param taskOf - The task that stands for the value of another node. */
  build(taskOf: (node: FlowNode) => Task): void {
    const node = this.#node;
    const { args, settings } = this.#recipe;
    const replace = (part: object): { readonly value: unknown } | undefined => this.#replace(part, taskOf);
    // A list with parts replaced is still a list.
    const given = replaceParts(args, replace) as readonly unknown[];
    const inArguments = this.#taken?.size ?? 0;
    replaceParts(settings.after, replace);
    const taken = this.#taken;
    const before: Dependency[] = taken === undefined ? [] : [...taken.values()];
    if (settings.when === "oneSuccess" && taken !== undefined) before.push(this.#any([...taken.keys()]));
    if (settings.inputs.length > 0 || settings.outputs.length > 0) before.push(this.#stage(taskOf));
    if (settings.limit !== undefined) before.push(this.#gate([...before]));
    // Those in the arguments of a function the session finds itself.
    const named = this.#recipe.work.kind === "function" || this.#recipe.work.kind === "orchestrated" ? inArguments : 0;
    node.work = this.#work(given, before.slice(named));
    this.#tasks.push(node.work);
    this.#finish(node.work);
    // A list that has grown has room for many more.
    node.tasks = [...this.#tasks];
    if (this.#nodes === undefined) return;
    node.dependencies = [...this.#nodes];
    node.dependencyUids = node.dependencies.map(({ uid }) => uid);
  }

  #replace(part: object, taskOf: (node: FlowNode) => Task): { readonly value: unknown } | undefined {
    const other = FlowHandle.nodeOf(part);
    if (other === undefined) return isTaskHandle(part) ? { value: this.#take(part) } : undefined;
    (this.#nodes ??= new Set()).add(other);
    return { value: this.#take(taskOf(other)) };
  }

  #take(handle: TaskHandle): TaskHandle {
    this.#taken ??= new Map();
    const earlier = this.#taken.get(handle);
    if (earlier !== undefined) return earlier;
    const place = this.#taken.size;
    const taken = this.#recipe.settings.when === "allSuccess" ? handle : this.#passOn(handle, place);
    this.#taken.set(handle, taken);
    return taken;
  }

  /** A task that is done when the other has settled, with its value or `undefined`. */
  #passOn(handle: TaskHandle, place: number): Task {
    return this.#aside(`dep${place}`, { function: same, args: [handle], onDependencyFailure: "run" });
  }

  /** A task that fails when none of the handles ended well. */
  #any(all: readonly TaskHandle[]): Task {
    const node = this.#node;
    return this.#aside("any", {
      function: () => {
        if (all.some(({ state }) => state === "DONE")) return;
        const failedDependencies = node.dependencies.map(({ uid }) => uid);
        const [first] = node.dependencies;
        const rootCause = first?.outcome?.ok === false ? beginOf(first.outcome.error) : undefined;
        const path = failedDependencies.slice(0, 1);
        const root = path.join() || "all";
        throw new DependencyFailureError(node, { rootCause, root, path: () => path, failedDependencies });
      },
      dependencies: all,
      onDependencyFailure: "run",
    });
  }

  /** A task that puts the input files where the work finds them. */
  #stage(taskOf: (node: FlowNode) => Task): Task {
    const node = this.#node;
    const { inputs, outputs, task } = this.#recipe.settings;
    const directory = resolve(task.workingDirectory ?? join(this.#shop.workDir, "files", node.uid));
    node.directory = directory;
    const dependencies = inputs.flatMap((file) => {
      const source = InputFile.sourceOf(file);
      if (source.kind !== "output") return [];
      (this.#nodes ??= new Set()).add(source.node);
      return taskOf(source.node);
    });
    const stage = async (): Promise<void> => {
      await stageFiles(node, { directory, inputs, outputs }, taskContext().signal);
    };
    return this.#aside("files", { function: stage, dependencies });
  }

  /** A task that is done when there is room for a further call. */
  #gate(dependencies: readonly Dependency[]): Task {
    const node = this.#node;
    const { limit } = this.#recipe.settings;
    return this.#aside("gate", {
      function: async () => {
        await limit?.acquire(taskContext().signal);
        node.onSettled(() => limit?.release());
      },
      dependencies,
    });
  }

  #work(args: readonly unknown[], dependencies: readonly Dependency[]): Task {
    const { uid, name, scope } = this.#node;
    const { work, settings } = this.#recipe;
    // Nothing below may keep the builder.
    const { scopes } = this.#shop;
    const inScope = <T>(run: () => T): T => scopes.run(scope, run);
    const { directory } = this.#node;
    const options: Writable<TaskOptions> = { ...settings.task, uid, name };
    if (directory !== undefined) options.workingDirectory = directory;
    if (dependencies.length > 0) options.dependencies = dependencies;
    switch (work.kind) {
      case "function": {
        const { call } = work;
        // The source of a function that is cached counts, so it must be the user's own.
        const target =
          typeof call !== "function" || settings.task.cache !== undefined
            ? call
            : (...values: unknown[]) => scopes.run(scope, call, ...values);
        return toTask(Object.assign(options, { function: target, args }));
      }
      case "executable": {
        const executable = (context: DependencyContext): Promise<ComputedProgram> =>
          inScope(async () => toProgram(await work.body(...valuesOf(args, context)), work.shell));
        return new ComputeTask({ ...options, executable });
      }
      case "prompt": {
        const prompt = (context: DependencyContext): Promise<string> =>
          // What it gives, the session checks.
          inScope(async () => (await work.body(...valuesOf(args, context))) as string);
        return new AITask({ ...options, ...work.prompt.sampling, prompt });
      }
      case "orchestrated": {
        const node = this.#node;
        const call = (...values: unknown[]): unknown => work.call(node, values);
        return toTask({ ...options, backend: this.#shop.orchestrator, function: call, args });
      }
    }
  }

  /** Makes the value out of what the work gave, where that is not the value itself. */
  #finish(task: Task): void {
    const node = this.#node;
    const { work, settings } = this.#recipe;
    const { fallback } = settings;
    const full = work.kind === "executable" && work.full;
    const schema = work.kind === "prompt" ? work.prompt.schema : undefined;
    if (!full && schema === undefined && fallback === undefined) return;
    const tasks = [...this.#tasks];
    const finish = async (): Promise<unknown> => {
      const outcome = outcomeOf(node, tasks, this.#shop.nodeOf);
      if (!outcome.ok) {
        if (fallback === undefined || outcome.state === "CANCELLED") throw outcome.error;
        return await fallback(outcome.error);
      }
      if (full) return fullResult(task);
      if (schema === undefined) return outcome.value;
      try {
        return await checkAnswer(node, outcome.value, schema);
      } catch (error) {
        if (fallback === undefined || !(error instanceof FlowError)) throw error;
        return await fallback(error);
      }
    };
    this.#aside("value", { function: finish, dependencies: tasks, onDependencyFailure: "run" });
  }

  /** A task beside the work. */
  #aside(
    suffix: string,
    task: Pick<TaskOptions, "dependencies" | "onDependencyFailure"> & {
      readonly function: AnyFunction;
      readonly args?: readonly unknown[];
    },
  ): Task {
    const { uid, name } = this.#node;
    const built = toTask({
      ...task,
      uid: `${uid}.${suffix}`,
      name: `${label({ uid, name })}: ${suffix}`,
      backend: this.#shop.orchestrator,
    });
    this.#tasks.push(built);
    return built;
  }
}

/**
 * A task in the place of a node's work that fails with what keeps the node from being submitted. Under a uid of its own: when the program is started again on
 * its journal, the work may be submitted.
 */
export function standIn({ uid, name }: FlowNode, refusal: FlowError, { orchestrator }: Workshop): Task {
  const refuse = (): never => {
    throw refusal;
  };
  return toTask({ uid: `${uid}.refused`, name, backend: orchestrator, function: refuse });
}

/** Arguments with the values of tasks in their places. */
function valuesOf(args: readonly unknown[], { results }: DependencyContext): readonly unknown[] {
  const values = new Map(results.map(({ uid, returnValue }) => [uid, { value: returnValue }]));
  const replaced = replaceParts(args, (part) =>
    isTaskHandle(part) ? (values.get(part.uid) ?? { value: undefined }) : undefined,
  );
  // A list with parts replaced is still a list.
  return replaced as readonly unknown[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const same = (value: unknown): unknown => value;

/** A function task of which the types were checked where the function was given. */
function toTask(description: object): Task {
  return new ComputeTask(description as ConstructorParameters<typeof ComputeTask>[0]);
}
