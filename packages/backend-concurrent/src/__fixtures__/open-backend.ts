import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import type {
  BackendContext,
  BackendError,
  BackendHandle,
  CancelOutcome,
  DoneUpdate,
  ExecutableWork,
  FailedUpdate,
  FunctionWork,
  TaskSpec,
  TaskUpdate,
  TaskWork,
} from "@rhapsody/core";
import { onTestFinished } from "vitest";
import { ConcurrentExecutionBackend, type ConcurrentBackendOptions } from "../index.ts";

const MAX_OUTPUT_BYTES = 1024 * 1024;

/** A backend that is open for one test, driven by its contract, and closed when the test is over. */
export class OpenTestBackend {
  readonly handle: BackendHandle;
  readonly workDir: string;
  readonly updates: TaskUpdate[];
  readonly lost: Promise<BackendError>;
  readonly #wake: () => void;
  #waiters: { readonly met: () => boolean; readonly resolve: () => void }[] = [];
  #count = 0;

  constructor(handle: BackendHandle, parts: Recording) {
    this.handle = handle;
    this.workDir = parts.context.workDir;
    this.updates = parts.updates;
    this.lost = parts.lost;
    this.#wake = () => {
      const met = this.#waiters.filter((waiter) => waiter.met());
      this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
      for (const { resolve } of met) resolve();
    };
    parts.listeners.push(this.#wake);
  }

  spec(work: TaskWork, fields: Partial<TaskSpec> = {}): TaskSpec {
    this.#count += 1;
    const uid = `task.${this.#count}`;
    return {
      uid,
      attempt: 1,
      epoch: 1,
      name: uid,
      work,
      environment: {},
      resources: {},
      priority: 0,
      backendOptions: {},
      ...fields,
    };
  }

  async submit(work: TaskWork, fields: Partial<TaskSpec> = {}): Promise<TaskSpec> {
    const spec = this.spec(work, fields);
    await this.handle.submit([spec]);
    return spec;
  }

  /** Runs one attempt to its end. */
  async run(work: TaskWork, fields: Partial<TaskSpec> = {}): Promise<DoneUpdate | FailedUpdate> {
    const spec = await this.submit(work, fields);
    return this.end(spec);
  }

  /** Resolves when an attempt ended. */
  async end(spec: TaskSpec): Promise<DoneUpdate | FailedUpdate> {
    const find = (): DoneUpdate | FailedUpdate | undefined =>
      this.of(spec).find((update) => update.state === "DONE" || update.state === "FAILED");
    await this.until(() => find() !== undefined);
    return find()!;
  }

  /** Resolves when an attempt was reported to run. */
  async running(spec: TaskSpec): Promise<void> {
    await this.until(() => this.of(spec).length > 0);
  }

  of({ uid, attempt }: TaskSpec): TaskUpdate[] {
    return this.updates.filter((update) => update.uid === uid && update.attempt === attempt);
  }

  async cancel(...specs: readonly TaskSpec[]): Promise<readonly CancelOutcome[]> {
    return (await this.handle.cancel?.(specs, "the test said so")) ?? [];
  }

  until(met: () => boolean): Promise<void> {
    return met() ? Promise.resolve() : new Promise((resolve) => this.#waiters.push({ met, resolve }));
  }
}

interface Recording {
  readonly context: BackendContext;
  readonly updates: TaskUpdate[];
  readonly lost: Promise<BackendError>;
  readonly listeners: (() => void)[];
}

/** Opens a backend without GPUs, unless the options say otherwise, with a directory of its own. */
export async function openBackend(
  options: ConcurrentBackendOptions = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<OpenTestBackend> {
  const workDir = temporaryDirectory();
  const backend = new ConcurrentExecutionBackend({ resources: { gpus: 0 }, ...options });
  const recording = record(workDir, environment);
  const handle = await backend.open(recording.context);
  onTestFinished(() => handle.close(0));
  return new OpenTestBackend(handle, recording);
}

/** A context that records what it is told. */
export function record(workDir: string, environment: Readonly<Record<string, string>> = {}): Recording {
  const updates: TaskUpdate[] = [];
  const listeners: (() => void)[] = [];
  const { promise: lost, resolve } = Promise.withResolvers<BackendError>();
  const quiet = (): void => {};
  const context: BackendContext = {
    sessionUid: "session.test",
    workDir,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    epoch: 1,
    signal: new AbortController().signal,
    environment,
    report: (batch) => {
      updates.push(...batch);
      for (const listener of listeners) listener();
    },
    capacity: quiet,
    observe: quiet,
    lost: resolve,
  };
  return { context, updates, lost, listeners };
}

/** A program whose output is kept. */
export function program(executable: string, args: readonly string[] = [], fields: Partial<ExecutableWork> = {}): TaskWork {
  return {
    kind: "executable",
    executable,
    arguments: args,
    capture: "memory",
    maxOutputBytes: MAX_OUTPUT_BYTES,
    ...fields,
  };
}

/** A shell command. */
export function shell(script: string, fields: Partial<ExecutableWork> = {}): TaskWork {
  return program("/bin/sh", ["-c", script], fields);
}

/** A closure. */
export function closure(call: (...args: unknown[]) => unknown, ...args: readonly unknown[]): TaskWork {
  return functionWork({ kind: "inline", call }, args);
}

/** One of the functions beside this file. */
export function moduleCall(name: keyof typeof import("./functions.ts") | "missing", ...args: readonly unknown[]): TaskWork {
  return functionWork({ kind: "module", url: new URL("./functions.ts", import.meta.url).href, name }, args);
}

export function functionWork(target: FunctionWork["function"], args: readonly unknown[]): FunctionWork {
  return { kind: "function", function: target, args, capture: "memory", maxOutputBytes: MAX_OUTPUT_BYTES };
}
