import { randomBytes } from "node:crypto";
import {
  moduleFunction,
  pythonFunction,
  type AITaskOptions,
  type Callable,
  type FunctionExport,
  type FunctionKind,
  type ModuleFunction,
  type PythonFunction,
  type SamplingOptions,
  type Session,
  type StandardSchema,
} from "@rhapsody/core";
import type { FlowEvents } from "../events/flow-events.ts";
import { FlowGraph } from "../graph/flow-graph.ts";
import type { Arg, Resolved } from "../handle/arg.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import type { AnyFunction } from "../node/recipe.ts";
import { checkBackend, type KnownBackends } from "../options/check-backend.ts";
import type { Duration } from "../options/duration.ts";
import { parseEngineOptions, type EngineOptions } from "../options/engine-options.ts";
import type { BlockOptions, FlowTaskOptions, ProgramOptions } from "../options/flow-task-options.ts";
import { overlay, toSettings, type AnyOptions } from "../options/settings.ts";
import { OrchestratorBackend } from "../orchestrator/orchestrator-backend.ts";
import { checkBody, taskFunction, type Definition, type TaskFunction } from "../tasks/task-function.ts";
import type { Program, ProgramOutput } from "../tasks/to-program.ts";
import { Caller } from "./caller.ts";
import type { FlowProgress } from "./ledger.ts";
import { openSession } from "./open-session.ts";
import { Shutdown, type ShutdownOptions } from "./shutdown.ts";

const DEFAULT_EVENT_BUFFER = 10_000;

/** Options of programs. `R` is the type of the value. */
export interface ExecutableOptions<R = string> extends ProgramOptions<R> {
  /** True to run the text that the body gives as a command of `/bin/sh`. Whoever can choose a part of that text can run anything. @defaultValue `false` */
  readonly shell?: boolean | undefined;
  /** `stdout`: the value is the program's standard output. `full`: it has standard error and exit code too. @defaultValue `"stdout"` */
  readonly result?: "stdout" | "full" | undefined;
}

/** Options of prompts. `R` is the type of the value. */
export interface PromptOptions<R = string>
  extends FlowTaskOptions<R>, SamplingOptions, Pick<AITaskOptions, "model" | "stream"> {
  /** What the answer has to be, which is read as JSON where it is JSON. @defaultValue any text */
  readonly schema?: StandardSchema<R> | undefined;
}

/** What the body of an executable task gives: a command line, split into words as a shell does but never run by one, or a program. */
export type Command = string | Program;

/**
 * Makes typed task graphs out of calls: calling a task function gives a handle at once, and handles go wherever values go.
 *
 * A thin layer on a `Session`, whose tasks all calls are. Several engines may share one, with each other and with tasks submitted directly.
 */
export class WorkflowEngine implements AsyncDisposable {
  readonly uid: string;
  /** What the calls run on. */
  readonly session: Session;
  readonly #caller: Caller;
  readonly #defaults: AnyOptions;
  readonly #known: KnownBackends;
  readonly #shutdown: Shutdown;

  private constructor(caller: Caller, init: { defaults: AnyOptions; known: KnownBackends; shutdown: Shutdown }) {
    this.uid = caller.uid;
    this.session = caller.session;
    this.#caller = caller;
    this.#defaults = init.defaults;
    this.#known = init.known;
    this.#shutdown = init.shutdown;
  }

  /**
   * Creates an engine.
   *
   * @throws OptionsError that lists every problem; `BackendError` when a backend is in use, or the default one is not installed; the reason of a `signal`
   * that is aborted by then.
   */
  static async create(options: EngineOptions = {}): Promise<WorkflowEngine> {
    const settings = parseEngineOptions(options);
    toSettings(settings.defaults);
    settings.signal?.throwIfAborted();
    const uid = settings.uid ?? `asyncflow.${randomBytes(4).toString("hex")}`;
    const { session, owned, backends } = await openSession(settings);
    if (owned && settings.signal?.aborted === true) await session.close();
    settings.signal?.throwIfAborted();
    const orchestrator = new OrchestratorBackend(uid);
    session.addBackend(orchestrator);
    const { maxRetained, signal, defaults } = settings;
    const caller = new Caller({ uid, session, orchestrator: uid, maxRetained });
    const shutdown = new Shutdown({ caller, owned, signal });
    const known = {
      get names(): readonly string[] {
        return session.backends.filter((name) => name !== uid);
      },
      backends,
    };
    return new WorkflowEngine(caller, { defaults, known, shutdown });
  }

  /** Makes a task function of a closure, which runs on the event loop of this process, or of a function of a module or of Python, which a backend runs. */
  functionTask<A extends unknown[], R>(
    call: ((...args: A) => R) | ModuleFunction<(...args: A) => R>,
    options?: FlowTaskOptions<Awaited<R>>,
  ): TaskFunction<A, Awaited<R>, FlowTaskOptions<Awaited<R>>>;
  functionTask<R>(
    call: PythonFunction<R>,
    options?: FlowTaskOptions<R>,
  ): TaskFunction<unknown[], R, FlowTaskOptions<R>>;
  functionTask(
    call: Callable | ModuleFunction | PythonFunction,
    options: FlowTaskOptions<unknown> = {},
  ): TaskFunction<unknown[], unknown, FlowTaskOptions<unknown>> {
    if (typeof call !== "object" || !("kind" in (call ?? {}))) checkBody("functionTask", call);
    const kind = typeof call === "function" ? "inline" : call.kind;
    // Its arguments are checked where it is called.
    const work = { kind: "function", call: call as AnyFunction | ModuleFunction | PythonFunction } as const;
    return this.#define(kind, { kind: "function", options, name: call.name, work });
  }

  /**
   * Makes task functions of the functions that a module exports, which run in worker threads or processes, or wherever the backend is.
   *
   * A module of your own is `flow.moduleTask<typeof import("./sim.js")>(new URL("./sim.js", import.meta.url))("simulate")`.
   *
   * @throws TypeError when `url` is no absolute URL.
   */
  moduleTask<M>(
    url: URL | string,
  ): <K extends FunctionExport<M>>(
    name: K,
    options?: FlowTaskOptions<ModuleValue<M, K>>,
  ) => TaskFunction<ModuleParameters<M, K>, ModuleValue<M, K>, FlowTaskOptions<ModuleValue<M, K>>> {
    return (name, options) => {
      const work = { kind: "function", call: moduleFunction<M>(url, name) } as const;
      return this.#define("module", { kind: "function", options: options ?? {}, name, work });
    };
  }

  /**
   * Makes a task function of a Python function, named `"module:function"`. Its types are what you say.
   *
   * @throws TypeError when `reference` has another form.
   */
  pythonTask<A extends unknown[] = unknown[], R = unknown>(
    reference: string,
    options: FlowTaskOptions<R> = {},
  ): TaskFunction<A, R, FlowTaskOptions<R>> {
    const call = pythonFunction<R>(reference);
    return this.#define("python", { kind: "function", options, name: call.name, work: { kind: "function", call } });
  }

  /** Makes a task function of a program. The body runs once the arguments have values, and gives the command. */
  executableTask<A extends unknown[]>(
    body: (...args: A) => Command | Promise<Command>,
    options: ExecutableOptions<ProgramOutput> & { readonly result: "full" },
  ): TaskFunction<A, ProgramOutput, ProgramOptions<ProgramOutput>>;
  executableTask<A extends unknown[]>(
    body: (...args: A) => Command | Promise<Command>,
    options?: ExecutableOptions,
  ): TaskFunction<A, string, ProgramOptions<string>>;
  executableTask(
    body: Callable,
    options: ExecutableOptions<unknown> = {},
  ): TaskFunction<unknown[], unknown, ProgramOptions> {
    checkBody("executableTask", body);
    const { shell = false, result = "stdout", ...rest } = options;
    const work = { kind: "executable", body: body as AnyFunction, shell, full: result === "full" } as const;
    return this.#define("executable", { kind: "executable", options: rest, name: body.name, work });
  }

  /** Makes a task function of a prompt for a model. The body runs once the arguments have values, and gives one prompt or several. */
  promptTask<A extends unknown[], T>(
    body: (...args: A) => string | readonly string[] | Promise<string | readonly string[]>,
    options: PromptOptions<T> & { readonly schema: StandardSchema<T> },
  ): TaskFunction<A, T, FlowTaskOptions<T>>;
  promptTask<A extends unknown[]>(
    body: (...args: A) => readonly string[] | Promise<readonly string[]>,
    options?: PromptOptions<string[]>,
  ): TaskFunction<A, string[], FlowTaskOptions<string[]>>;
  promptTask<A extends unknown[]>(
    body: (...args: A) => string | Promise<string>,
    options?: PromptOptions,
  ): TaskFunction<A, string, FlowTaskOptions<string>>;
  promptTask(
    body: Callable,
    options: PromptOptions<unknown> = {},
  ): TaskFunction<unknown[], unknown, FlowTaskOptions<unknown>> {
    checkBody("promptTask", body);
    const { schema, ...rest } = options;
    const { flow, sampling } = splitPromptOptions(rest);
    const work = { kind: "prompt", body: body as AnyFunction, prompt: { sampling, schema } } as const;
    return this.#define("prompt", { kind: "prompt", options: flow, name: body.name, work });
  }

  /**
   * Makes a task function of a part of the workflow: its body runs in this process once the arguments have values, and calls further tasks, which are its
   * members. A block that fails or is cancelled takes the members with it that have not settled, and what its body calls after that is cancelled at once; those
   * that it did not wait for go on when it has ended well.
   * Blocks may call blocks.
   */
  block<A extends unknown[], R>(
    body: (...args: A) => R,
    options: BlockOptions<Awaited<R>> = {},
  ): TaskFunction<A, Awaited<R>, BlockOptions<Awaited<R>>> {
    checkBody("block", body);
    const work = this.#caller.blockWork(body as unknown as AnyFunction);
    return taskFunction({ kind: "block", options, name: body.name, work, check: () => {} }, this.#caller);
  }

  /** One handle for several, whose value is the list of theirs. Fails as soon as one does. */
  gather<const T extends readonly Arg<unknown>[]>(
    handles: T,
  ): FlowHandle<{ -readonly [K in keyof T]: Resolved<T[K]> }> {
    return new FlowHandle(this.#caller.orchestrate("gather", (values: unknown) => values, [[...handles]]));
  }

  /** Calls a function; all that is called inside of it belongs to the workflow of that label, by default `wf-` and 8 hexadecimal digits. */
  workflowScope<T>(run: (id: string) => T): T;
  workflowScope<T>(id: string, run: (id: string) => T): T;
  workflowScope<T>(first: string | ((id: string) => T), second?: (id: string) => T): T {
    const id = typeof first === "string" ? first : `wf-${randomBytes(4).toString("hex")}`;
    const run = typeof first === "string" ? second : first;
    if (run === undefined) throw new TypeError("workflowScope: give the function to call");
    return this.#caller.scopes.run({ ...this.#caller.scope(), workflow: id }, () => run(id));
  }

  /** The calls as they stand now, with what waits for what. */
  graph(): FlowGraph {
    return new FlowGraph(this.#caller.ledger.nodes);
  }

  /**
   * Everything that happens to calls from now on, in order, until the engine is shut down or the loop is left.
   *
   * @param options - `bufferSize`: events kept for a slow reader; beyond it the oldest are dropped, and the next one counts them. Default 10,000.
   * @throws RangeError when `bufferSize` is no whole number of at least 1.
   */
  events(options: { readonly bufferSize?: number } = {}): FlowEvents {
    return this.#caller.ledger.events(options.bufferSize ?? DEFAULT_EVENT_BUFFER);
  }

  /** Where the calls stand now. */
  progress(): FlowProgress {
    return this.#caller.ledger.progress;
  }

  /**
   * Resolves when every call has settled, also those made meanwhile.
   *
   * @throws FlowError `FLOW_DRAIN_TIMEOUT` when the time is up; the calls go on. `FLOW_HANDLE_CYCLE` inside of a block, which would wait for itself.
   */
  async drain(options: { readonly timeout?: Duration | undefined } = {}): Promise<void> {
    await this.#shutdown.drain(options.timeout);
  }

  /**
   * Takes no more calls, settles all that there are, and closes the session when it is the engine's own. Failures that nobody looked at are logged.
   *
   * Idempotent: a further call waits for the same end, and hurries it when it is to cancel. A session that was given keeps the engine's name until it closes.
   *
   * @throws `AggregateError` of what backends threw while the engine's own session closed; FlowError `FLOW_HANDLE_CYCLE` for a drain inside of a block.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    await this.#shutdown.run(options);
  }

  /** Shuts down, cancelling what is not done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shutdown.run({});
  }

  #define<A extends readonly unknown[], R, O>(
    kind: FunctionKind | "executable" | "prompt",
    definition: Omit<Definition, "check">,
  ): TaskFunction<A, R, O> {
    const check = ({ backend }: AnyOptions): void => checkBackend(backend, kind, this.#known);
    const options = overlay(this.#defaults, definition.options);
    return taskFunction({ ...definition, options, check }, this.#caller);
  }
}

type ModuleParameters<M, K extends keyof M> = M[K] extends (...args: infer A) => unknown ? A : never;
type ModuleValue<M, K extends keyof M> = M[K] extends (...args: never[]) => infer R ? Awaited<R> : never;

const SAMPLING = [
  "systemPrompt",
  "temperature",
  "topP",
  "topK",
  "maxTokens",
  "stop",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "parameters",
  "model",
  "stream",
];

/** The options of the flow, and those of the model. */
function splitPromptOptions(options: object): {
  readonly flow: AnyOptions;
  readonly sampling: Record<string, unknown>;
} {
  const entries = Object.entries(options);
  const flow: AnyOptions = Object.fromEntries(entries.filter(([name]) => !SAMPLING.includes(name)));
  return { flow, sampling: Object.fromEntries(entries.filter(([name]) => SAMPLING.includes(name))) };
}
