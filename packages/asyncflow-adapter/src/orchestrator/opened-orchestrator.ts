import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import {
  BackendError,
  runInTaskContext,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
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
  readonly #waiting = new Map<string, Call>();
  readonly #running = new Map<string, CallContext>();
  /** Told together, since one turn may end many calls. */
  #updates: TaskUpdate[] = [];

  constructor(name: string, context: BackendContext) {
    this.#name = name;
    this.#context = context;
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    const batch = new Map(tasks.map((spec) => [keyOf(spec), toCall(spec)]));
    const isHere = (key: string): boolean => this.#waiting.has(key) || this.#running.has(key);
    if (batch.size < tasks.length || [...batch].some(([key, call]) => call === undefined || isHere(key))) {
      const message = "takes functions of this process only, and none twice";
      throw new BackendError("BACKEND_REJECTED_TASKS", { backend: this.#name, message });
    }
    // Not now: `submit` takes a batch and does not run it.
    if (this.#waiting.size === 0) queueMicrotask(() => this.#startWaiting());
    for (const [key, call] of batch) if (call !== undefined) this.#waiting.set(key, call);
  }

  async cancel(attempts: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    const keys = attempts.map(keyOf);
    for (const key of keys) this.#waiting.delete(key);
    await this.#stop(
      keys.flatMap((key) => this.#running.get(key) ?? []),
      { reason, graceMs: GRACE_MS },
    );
    return keys.map((key) => (this.#running.delete(key) ? "detached" : "cancelled"));
  }

  async close(graceMs: number): Promise<void> {
    this.#waiting.clear();
    await this.#stop([...this.#running.values()], { reason: "the session was closed", graceMs });
    this.#running.clear();
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
    for (const [key, call] of this.#waiting) {
      this.#waiting.delete(key);
      this.#start(key, call);
      if (performance.now() >= until) break;
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#startWaiting());
  }

  #start(key: string, { spec, run }: Call): void {
    const context = new CallContext(spec, { backend: this.#name, sessionUid: this.#context.sessionUid });
    this.#running.set(key, context);
    this.#tell({ ...attemptOf(spec), state: "RUNNING" });
    const returned = (returnValue: unknown): void => {
      if (this.#end(key, context)) this.#tell({ ...attemptOf(spec), state: "DONE", returnValue });
    };
    const threw = (cause: unknown): void => {
      if (!this.#end(key, context)) return;
      const message = `the function threw ${cause instanceof Error ? `${cause.name}: ${cause.message}` : textOf(cause)}`;
      this.#tell({ ...attemptOf(spec), state: "FAILED", failure: { code: "TASK_FUNCTION_THREW", message, cause } });
    };
    try {
      const result = runInTaskContext(context, run);
      if (typeof result === "object" && result !== null) void Promise.resolve(result).then(returned, threw);
      else returned(result);
    } catch (cause) {
      threw(cause);
    }
  }

  /** False when nothing is to be told of the end: the call was being stopped, or let go of. */
  #end(key: string, context: CallContext): boolean {
    context.ended.resolve();
    return this.#running.get(key) === context && this.#running.delete(key) && !context.stopping;
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

interface Call {
  readonly spec: TaskSpec;
  readonly run: () => unknown;
}

/** The call that a task asks for; `undefined` when it asks for something else. */
function toCall(spec: TaskSpec): Call | undefined {
  const { work } = spec;
  if (work.kind !== "function" || work.function.kind !== "inline") return undefined;
  const { call } = work.function;
  return { spec, run: () => call(...work.args) };
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
