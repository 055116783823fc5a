import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { runInTaskContext, type CancelOutcome, type FunctionWork } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import type { Runner } from "../attempt/runner.ts";
import { describeThrown } from "./describe-thrown.ts";
import { FunctionContext, type Place } from "./function-context.ts";

/** How long closures may be started in one go before timers, sockets and signals get a turn, in milliseconds. */
const TURN_MS = 8;

/** Calls closures on the event loop of this process. */
export class InlineRunner implements Runner {
  readonly #place: Place;
  #waiting: Attempt[] = [];
  readonly #running = new Map<Attempt, FunctionContext>();
  /** For each attempt that is being stopped: resolved when its closure has ended. */
  readonly #stopping = new Map<Attempt, PromiseWithResolvers<void>>();
  /** Attempts whose closure was let go of. */
  readonly #detached = new WeakSet<Attempt>();

  constructor(place: Place) {
    this.#place = place;
  }

  prepare(): undefined {
    return undefined;
  }

  start(attempt: Attempt): void {
    this.#waiting.push(attempt);
    // Not within `submit`, which takes a batch and does not run it.
    if (this.#waiting.length === 1) queueMicrotask(() => this.#startWaiting());
  }

  async stop(attempts: readonly Attempt[], reason: string, graceMs: number): Promise<readonly CancelOutcome[]> {
    // A closure that never asked for its signal cannot know that it is to stop.
    const listening = attempts.filter((attempt) => this.#running.get(attempt)?.listens === true);
    const ends = listening.map((attempt) => this.#ending(attempt));
    for (const attempt of attempts) this.#running.get(attempt)?.abort(reason);
    // Even without patience, what the signal has set off gets its turn.
    await nextTurn();
    await patiently(Promise.all(ends), graceMs);
    return attempts.map((attempt) => {
      this.#stopping.delete(attempt);
      if (this.#running.delete(attempt)) this.#detached.add(attempt);
      return this.#detached.has(attempt) ? "detached" : "cancelled";
    });
  }

  async close(): Promise<void> {}

  #startWaiting(): void {
    const until = performance.now() + TURN_MS;
    const waiting = this.#waiting;
    let next = 0;
    while (next < waiting.length && (next === 0 || performance.now() < until)) {
      const attempt = waiting[next];
      next += 1;
      if (attempt !== undefined && !attempt.stopping) this.#run(attempt);
    }
    this.#waiting = waiting.slice(next);
    if (this.#waiting.length > 0) setImmediate(() => this.#startWaiting());
  }

  #run(attempt: Attempt): void {
    // The backend hands only such work to this runner.
    const { function: target, args } = attempt.spec.work as FunctionWork;
    if (target.kind !== "inline") return;
    const { workingDirectory } = attempt.spec;
    if (workingDirectory !== undefined) {
      const message = `a closure cannot run in ${workingDirectory}: it shares the directory of its process; use a function of a module with isolation: "process"`;
      attempt.fail({ code: "TASK_WORKING_DIRECTORY", message });
      return;
    }
    const context = new FunctionContext(attempt.spec, this.#place);
    this.#running.set(attempt, context);
    attempt.begin();
    let result: unknown;
    try {
      result = runInTaskContext(context, () => target.call(...args));
    } catch (cause) {
      return this.#threw(attempt, cause);
    }
    if (isPlain(result)) return this.#returned(attempt, result);
    Promise.resolve(result).then(
      (value) => this.#returned(attempt, value),
      (cause: unknown) => this.#threw(attempt, cause),
    );
  }

  #returned(attempt: Attempt, returnValue: unknown): void {
    if (!this.#running.delete(attempt)) return;
    attempt.done({ returnValue });
    this.#stopping.get(attempt)?.resolve();
  }

  #threw(attempt: Attempt, cause: unknown): void {
    if (!this.#running.delete(attempt)) return;
    attempt.fail({ code: "TASK_FUNCTION_THREW", message: `the function threw ${describeThrown(cause)}`, cause });
    this.#stopping.get(attempt)?.resolve();
  }

  /** Resolves when the closure has ended. */
  async #ending(attempt: Attempt): Promise<void> {
    const end = this.#stopping.get(attempt) ?? Promise.withResolvers<void>();
    this.#stopping.set(attempt, end);
    await end.promise;
  }
}

/** Waits for something, up to a time. */
async function patiently(wait: Promise<unknown>, timeMs: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([wait, delay(timeMs, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

/** A value that cannot be a promise. */
function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}
