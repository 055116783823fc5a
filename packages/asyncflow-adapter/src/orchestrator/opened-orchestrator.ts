import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import {
  BackendError,
  runInTaskContext,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type InlineFunction,
  type TaskAttempt,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import { CallContext } from "./call-context.ts";

/** How long functions may be started in one go before timers, sockets and signals get a turn, in milliseconds. */
const TURN_MS = 8;

/** How long a function that has asked for its signal gets to end when it is cancelled, in milliseconds. */
const GRACE_MS = 5_000;

/** Calls functions on the event loop of this process. */
export class OpenedOrchestrator implements BackendHandle {
  readonly #name: string;
  readonly #context: BackendContext;
  readonly #waiting = new Map<string, TaskSpec>();
  readonly #running = new Map<string, CallContext>();
  /** Told together, since one turn may end many calls. */
  #updates: TaskUpdate[] = [];
  closed = false;

  constructor(name: string, context: BackendContext) {
    this.#name = name;
    this.#context = context;
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    if (this.closed) throw new BackendError("BACKEND_CLOSED", { backend: this.#name, message: "is closed" });
    // Not now: `submit` takes a batch and does not run it.
    if (this.#waiting.size === 0) queueMicrotask(() => this.#startWaiting());
    for (const spec of tasks) this.#waiting.set(keyOf(spec), spec);
  }

  async cancel(attempts: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    const keys = new Set(attempts.map(keyOf));
    for (const key of keys) this.#waiting.delete(key);
    await this.#stop(this.#contextsOf(keys), { reason, graceMs: GRACE_MS });
    return attempts.map((attempt) => (this.#running.delete(keyOf(attempt)) ? "detached" : "cancelled"));
  }

  async close(graceMs: number): Promise<void> {
    this.closed = true;
    this.#waiting.clear();
    await this.#stop([...this.#running.values()], { reason: "the session was closed", graceMs });
    this.#running.clear();
  }

  #contextsOf(keys: ReadonlySet<string>): CallContext[] {
    return [...keys].flatMap((key) => this.#running.get(key) ?? []);
  }

  async #stop(calls: readonly CallContext[], { reason, graceMs }: { reason: string; graceMs: number }): Promise<void> {
    if (calls.length === 0) return;
    // A function that never asked for its signal cannot know that it is to stop.
    const listening = calls.filter(({ listens }) => listens);
    for (const call of calls) call.abort(reason);
    // What the signal has set off gets its turn.
    await nextTurn();
    await patiently(Promise.all(listening.map(({ ended }) => ended.promise)), graceMs);
  }

  #startWaiting(): void {
    const until = performance.now() + TURN_MS;
    for (const [key, spec] of this.#waiting) {
      this.#waiting.delete(key);
      this.#call(spec);
      if (performance.now() >= until) break;
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#startWaiting());
  }

  #call(spec: TaskSpec): void {
    const { work } = spec;
    if (work.kind !== "function" || work.function.kind !== "inline") return;
    const { call } = work.function satisfies InlineFunction;
    const context = new CallContext(spec, { backend: this.#name, sessionUid: this.#context.sessionUid });
    this.#running.set(keyOf(spec), context);
    this.#tell({ ...attemptOf(spec), state: "RUNNING" });
    let result: unknown;
    try {
      result = runInTaskContext(context, () => call(...work.args));
    } catch (cause) {
      return this.#threw(spec, cause);
    }
    if (typeof result !== "object" || result === null) return this.#returned(spec, result);
    Promise.resolve(result).then(
      (value) => this.#returned(spec, value),
      (cause: unknown) => this.#threw(spec, cause),
    );
  }

  #returned(spec: TaskSpec, returnValue: unknown): void {
    if (this.#end(spec)) this.#tell({ ...attemptOf(spec), state: "DONE", returnValue });
  }

  #threw(spec: TaskSpec, cause: unknown): void {
    if (!this.#end(spec)) return;
    const message = `the function threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : textOf(cause)}`;
    this.#tell({ ...attemptOf(spec), state: "FAILED", failure: { code: "TASK_FUNCTION_THREW", message, cause } });
  }

  /** False when the call was let go of. */
  #end(spec: TaskSpec): boolean {
    const key = keyOf(spec);
    this.#running.get(key)?.ended.resolve();
    return this.#running.delete(key);
  }

  #tell(update: TaskUpdate): void {
    if (this.#updates.length === 0) {
      queueMicrotask(() => {
        const updates = this.#updates;
        this.#updates = [];
        this.#context.report(updates);
      });
    }
    this.#updates.push(update);
  }
}

function keyOf({ uid, attempt }: TaskAttempt): string {
  return `${uid} ${attempt}`;
}

function attemptOf({ uid, attempt, epoch }: TaskAttempt): TaskAttempt {
  return { uid, attempt, epoch };
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a value of type ${typeof thrown} that has no text`;
  }
}

/** Waits for something, up to a time. */
async function patiently(wait: Promise<unknown>, timeMs: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([wait, delay(timeMs, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
