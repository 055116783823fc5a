import {
  RhapsodyError,
  type BackendContext,
  type CancelOutcome,
  type TaskFailure,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import type { EngineHandle } from "@rhapsody/python-bridge";
import { attemptKey, type Attempt } from "../attempt/attempt.ts";
import type { Runner } from "../attempt/runner.ts";
import { describeThrown } from "../functions/describe-thrown.ts";
import { settleFromUpdate } from "./settle-from-update.ts";
import { toPythonSpec } from "./to-python-spec.ts";

/** Opens the engine that runs Python functions. */
export type OpenPython = (context: BackendContext) => Promise<EngineHandle>;

/** Calls Python functions, in processes that are kept. Python starts with the first of them. */
export class PythonRunner implements Runner {
  readonly #context: BackendContext;
  readonly #open: OpenPython;
  readonly #closing = new AbortController();
  /** Attempts that Python has. */
  readonly #attempts = new Map<string, Attempt>();
  #waiting: Attempt[] = [];
  #engine: Promise<EngineHandle> | undefined;
  #feeding = false;

  constructor(context: BackendContext, open: OpenPython) {
    this.#context = context;
    this.#open = open;
  }

  /** Nothing: when there is no Python, tasks that need it fail and others run. */
  prepare(): undefined {
    return undefined;
  }

  start(attempt: Attempt): void {
    this.#waiting.push(attempt);
    if (this.#feeding) return;
    this.#feeding = true;
    // What is submitted together is handed on together.
    queueMicrotask(() => void this.#feed());
  }

  async stop(attempts: readonly Attempt[], reason: string, graceMs: number): Promise<readonly CancelOutcome[]> {
    this.#waiting = this.#waiting.filter((attempt) => !attempt.stopping);
    const running = attempts.filter((attempt) => this.#attempts.has(attemptKey(attempt.spec)));
    const engine = running.length > 0 ? await this.#engine?.catch(() => undefined) : undefined;
    const specs = running.map(({ spec }) => spec);
    const outcomes = await engine?.cancel(specs, reason, graceMs);
    for (const spec of specs) this.#attempts.delete(attemptKey(spec));
    const outcomeOf = new Map(running.map((attempt, index) => [attempt, outcomes?.[index]]));
    return attempts.map((attempt) => outcomeOf.get(attempt) ?? "cancelled");
  }

  async close(graceMs: number): Promise<void> {
    this.#closing.abort(new Error("the backend was closed"));
    const engine = await this.#engine?.catch(() => undefined);
    await engine?.close(graceMs);
  }

  /** Hands what waits to Python, a batch at a time. */
  async #feed(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        const engine = await this.#opened();
        await this.#submit(engine, this.#takeWaiting());
      } catch (error) {
        for (const attempt of this.#waiting.splice(0)) attempt.fail(toFailure(error));
      }
    }
    this.#feeding = false;
  }

  async #submit(engine: EngineHandle, specs: readonly TaskSpec[]): Promise<void> {
    if (specs.length === 0) return;
    try {
      await engine.submit(specs);
    } catch (error) {
      for (const spec of specs) this.#settle(spec, (attempt) => attempt.fail(toFailure(error)));
    }
  }

  #takeWaiting(): readonly TaskSpec[] {
    return this.#waiting.splice(0).flatMap((attempt) => {
      const spec = toPythonSpec(attempt);
      if (typeof spec === "string") {
        attempt.fail({ code: "BACKEND_REJECTED_TASKS", message: spec });
        return [];
      }
      this.#attempts.set(attemptKey(spec), attempt);
      return [spec];
    });
  }

  async #opened(): Promise<EngineHandle> {
    const { sessionUid, workDir, logger, epoch, environment } = this.#context;
    this.#engine ??= this.#open({
      sessionUid,
      workDir,
      logger,
      epoch,
      environment,
      signal: AbortSignal.any([this.#context.signal, this.#closing.signal]),
      report: (updates) => this.#hear(updates),
      // How much there is to share out, the backend knows itself.
      capacity: () => undefined,
      observe: () => undefined,
      lost: (error) => this.#lose(error),
    });
    try {
      return await this.#engine;
    } catch (error) {
      // It may be there when the next task needs it.
      this.#engine = undefined;
      throw error;
    }
  }

  #hear(updates: readonly TaskUpdate[]): void {
    for (const update of updates) {
      if (update.state === "RUNNING") this.#attempts.get(attemptKey(update))?.begin(update.at);
      else if (update.state !== "OUTPUT") this.#settle(update, (attempt) => settleFromUpdate(attempt, update));
    }
  }

  /** Python died: what it ran failed, and the next function starts it again. */
  #lose(cause: Error): void {
    this.#engine = undefined;
    const failure: TaskFailure = { code: "TASK_WORKER_DIED", message: cause.message, cause };
    for (const { spec } of this.#attempts.values()) this.#settle(spec, (attempt) => attempt.fail(failure));
  }

  #settle(task: Parameters<typeof attemptKey>[0], settle: (attempt: Attempt) => void): void {
    const key = attemptKey(task);
    const attempt = this.#attempts.get(key);
    this.#attempts.delete(key);
    if (attempt !== undefined) settle(attempt);
  }
}

function toFailure(error: unknown): TaskFailure {
  const how = RhapsodyError.isInstance(error) ? error.message : describeThrown(error);
  const message = `Python functions cannot run here: ${how}`;
  if (RhapsodyError.isInstance(error) && error.code === "BACKEND_LOST") {
    return { code: "TASK_WORKER_DIED", message, cause: error };
  }
  return { code: "BACKEND_UNAVAILABLE", message, cause: error };
}
