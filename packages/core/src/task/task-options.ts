import type { CaptureMode, ChatMessage } from "../backend/task-spec.ts";
import type { CacheOptions } from "../cache/cache-options.ts";
import type { TaskBackendOptions } from "./backend-options.ts";
import type { Callable, ModuleFunction, PythonFunction } from "./function-reference.ts";
import type { TaskResources } from "./resources.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { Secret } from "./secret.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { Pending, TaskHandle, TaskValue } from "./task-handle.ts";
import type { TaskResult } from "./task-result.ts";

/** A task that another one waits for: its uid, its task object, or its future. */
export type Dependency = string | TaskHandle;

/** Fields that every task has. */
export interface TaskOptions<D extends readonly Dependency[] = readonly Dependency[]> {
  /** Unique within the session, `[A-Za-z0-9._-]{1,128}`. @defaultValue `task.000001` and so on, counted over the process */
  readonly uid?: string | undefined;
  /** Label for people to read. @defaultValue the uid */
  readonly name?: string | undefined;
  /** Backend to run on. Absent: the first of the session that can run the task. */
  readonly backend?: string | undefined;
  /** Tasks to wait for, in this batch or submitted before, settled or not. Tasks in `args`, `arguments` and `stdin` need not be named here. */
  readonly dependencies?: D | undefined;
  /** What to do when a dependency does not end `DONE`: fail with `DependencyError`, or run all the same. @defaultValue `"fail"` */
  readonly onDependencyFailure?: "fail" | "run" | undefined;
  /** Environment variables, merged over those of the backend's process. Values from {@link secret} reach the task and nothing else. */
  readonly environment?: Readonly<Record<string, string | Secret>> | undefined;
  /** Directory to run in. @defaultValue the backend's own */
  readonly workingDirectory?: string | undefined;
  /** What the task takes. @defaultValue what the backend says for its kind, often one core */
  readonly resources?: TaskResources | undefined;
  /** When and how to try again. @defaultValue no retry */
  readonly retry?: RetryPolicy | undefined;
  /** Longest running time of one attempt, in milliseconds. @defaultValue unlimited */
  readonly timeoutMs?: number | undefined;
  /** Longest time between submission and the begin of the first attempt, in milliseconds. @defaultValue unlimited */
  readonly queueTimeoutMs?: number | undefined;
  /** Ready tasks of higher priority go first. @defaultValue `0` */
  readonly priority?: number | undefined;
  /**
   * Takes the result of a task that was the same and ended `DONE`, from the session's journal or one in its `reuse`, instead of running; see {@link CacheOptions}
   * for what is compared. Needs a session with a journal. @defaultValue always run
   */
  readonly cache?: true | CacheOptions | undefined;
  /** Options for particular kinds of backend. */
  readonly backendOptions?: TaskBackendOptions | undefined;
  /** Anything of the user's own; kept, never read. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** Where the output of a task goes and how much of it is kept. */
export interface CaptureOptions {
  /** @defaultValue `"memory"` */
  readonly capture?: CaptureMode | undefined;
  /** Most bytes kept of each stream in memory; the end is kept. @defaultValue 1 MiB */
  readonly maxOutputBytes?: number | undefined;
}

/** One argument of a program. A task stands for its value: text without trailing newlines, as in a shell's `$(…)`, JSON for objects and arrays. */
export type Argument = string | number | bigint | boolean | TaskHandle;

/** A program that was computed from results. What it does not say, the description of its task does. */
export interface ComputedProgram {
  /** Path, or a name to look up in the task's `PATH`. */
  readonly executable: string;
  /** Arguments after the program's name. */
  readonly arguments?: readonly Exclude<Argument, TaskHandle>[] | undefined;
  /** Bytes or UTF-8 text for standard input. */
  readonly stdin?: string | Uint8Array | undefined;
}

/** A program to run, without a shell. */
export interface ExecutableTaskOptions<D extends readonly Dependency[] = readonly Dependency[]>
  extends TaskOptions<D>, CaptureOptions {
  /** Path, or a name to look up in the task's `PATH`; or a function of the dependencies' results that gives the program with what it is given. */
  readonly executable: string | ((context: DependencyContext<D>) => ComputedProgram | PromiseLike<ComputedProgram>);
  /** Arguments after the program's name, or a function of the dependencies' results that gives them. */
  readonly arguments?: readonly Argument[] | ((context: DependencyContext<D>) => readonly Argument[]) | undefined;
  /** Bytes, UTF-8 text, or a task's value, for standard input. @defaultValue empty */
  readonly stdin?: string | Uint8Array | TaskHandle | undefined;
  readonly function?: undefined;
  readonly prompt?: undefined;
  readonly embed?: undefined;
}

/** A function to run. */
export interface FunctionTaskOptions<
  F extends Callable = Callable,
  D extends readonly Dependency[] = readonly Dependency[],
>
  extends TaskOptions<D>, CaptureOptions {
  /** A closure (runs on the host's event loop) or an export of a module (runs in a worker). */
  readonly function: F | ModuleFunction<F>;
  /** Arguments; a task anywhere inside is a dependency and is replaced by its `returnValue`. @defaultValue none */
  readonly args?: PendingArguments<Parameters<F>> | undefined;
  readonly executable?: undefined;
  readonly prompt?: undefined;
  readonly embed?: undefined;
}

/** A Python function to run. `R` is the type of its result. */
export interface PythonTaskOptions<R = unknown, D extends readonly Dependency[] = readonly Dependency[]>
  extends TaskOptions<D>, CaptureOptions {
  readonly function: PythonFunction<R>;
  /** Arguments by position; a task anywhere inside is a dependency and is replaced by its `returnValue`. @defaultValue none */
  readonly args?: readonly unknown[] | undefined;
  readonly executable?: undefined;
  readonly prompt?: undefined;
  readonly embed?: undefined;
}

/** A list of arguments in which tasks stand for values. */
export type PendingArguments<A extends readonly unknown[]> = { readonly [K in keyof A]: Pending<A[K]> };

/** What a function that computes a prompt or arguments is given. */
export interface DependencyContext<D extends readonly Dependency[] = readonly Dependency[]> {
  /** Results of `dependencies`, in that order. */
  readonly results: { readonly [K in keyof D]: TaskResult<TaskValue<D[K]>> };
}

/** What can be asked of a model. */
export type Prompt = string | readonly string[] | readonly ChatMessage[];

/** A prompt for a model. `P` is the prompt's form, which decides that of the answer. */
export interface AITaskOptions<
  P extends Prompt = Prompt,
  D extends readonly Dependency[] = readonly Dependency[],
  S extends StandardSchema | undefined = StandardSchema | undefined,
>
  extends TaskOptions<D>, SamplingOptions {
  /** One prompt, several, one chat, or a function of the dependencies' results that gives one of them (or a promise of it). */
  readonly prompt: P | ((context: DependencyContext<D>) => P | PromiseLike<P>);
  /** Model to ask. @defaultValue the backend's own */
  readonly model?: string | undefined;
  /** True to get the answer piece by piece while the task runs: by `task.stream()`, and as events. @defaultValue `false` */
  readonly stream?: boolean | undefined;
  /**
   * What an answer has to be: a schema of zod, or any other library that follows Standard Schema. The model is guided by it, and each answer read as JSON and checked;
   * what the schema makes of it is the task's `response`. One that does not hold fails the task with `TASK_RESPONSE_INVALID`. @defaultValue any text
   */
  readonly responseSchema?: S | undefined;
  /** JSON schema by which the server guides the model; `false` for none. @defaultValue what `responseSchema` says of itself */
  readonly jsonSchema?: Readonly<Record<string, unknown>> | false | undefined;
  readonly executable?: undefined;
  readonly function?: undefined;
  readonly embed?: undefined;
}

/** What can be embedded: one text or several. */
export type Texts = string | readonly string[];

/** Texts for an embedding model. `E` is their form, which decides that of the answer. */
export interface EmbeddingTaskOptions<
  E extends Texts = Texts,
  D extends readonly Dependency[] = readonly Dependency[],
> extends TaskOptions<D> {
  /** One text, whose `response` is a vector, or several, or a function of the dependencies' results that gives one of them (or a promise of it). */
  readonly embed: E | ((context: DependencyContext<D>) => E | PromiseLike<E>);
  /** Model to ask. @defaultValue the backend's own */
  readonly model?: string | undefined;
  /** Numbers in each vector, for models that can shorten it. @defaultValue the model's own */
  readonly dimensions?: number | undefined;
  /** Further parameters for the server, passed on unchanged. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly executable?: undefined;
  readonly function?: undefined;
  readonly prompt?: undefined;
}

/** A function that a model may ask to have called, in the form of the chat completions protocol. */
export interface Tool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string | undefined;
    /** JSON schema of its arguments. */
    readonly parameters?: Readonly<Record<string, unknown>> | undefined;
    readonly strict?: boolean | undefined;
  };
}

/** How the model picks its words; names as in the chat completions protocol, in camelCase. The server's defaults apply to what is absent. */
export interface SamplingOptions {
  /** Text that goes before the prompt as the system's message. */
  readonly systemPrompt?: string | undefined;
  /** At least 0. */
  readonly temperature?: number | undefined;
  /** 0 to 1. */
  readonly topP?: number | undefined;
  /** At least 1, or -1 for all. */
  readonly topK?: number | undefined;
  /** Longest answer, in tokens. */
  readonly maxTokens?: number | undefined;
  readonly stop?: string | readonly string[] | undefined;
  readonly seed?: number | undefined;
  /** -2 to 2. */
  readonly presencePenalty?: number | undefined;
  /** -2 to 2. */
  readonly frequencyPenalty?: number | undefined;
  /** Has the server tell the log probability of each token, and of as many alternatives to it. */
  readonly logprobs?: number | undefined;
  /** Functions that the model may ask to have called, in the protocol's form. What it asks for is in `result.inference.toolCalls`. */
  readonly tools?: readonly Tool[] | undefined;
  /** Whether the model is to ask for a call, or for which. @defaultValue the server's, mostly `"auto"` with tools */
  readonly toolChoice?: "none" | "auto" | "required" | Readonly<Record<string, unknown>> | undefined;
  /** Further parameters for the server, passed on unchanged. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A function to run, as plain data. Its arguments are not checked against its parameters, which one type for all functions cannot do;
 * `new ComputeTask` does.
 */
export interface FunctionDescription extends Omit<FunctionTaskOptions, "args"> {
  /** Arguments; a task anywhere inside is a dependency and is replaced by its `returnValue`. @defaultValue none */
  readonly args?: readonly unknown[] | undefined;
}

/** A task as plain data (with functions where it computes). */
export type TaskDescription =
  | ExecutableTaskOptions
  | FunctionDescription
  | PythonTaskOptions
  | AITaskOptions
  | EmbeddingTaskOptions;
