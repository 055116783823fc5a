import {
  BackendError,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type TaskAttempt,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import { Attempt, attemptKey, type AttemptBooks } from "../attempt/attempt.ts";
import { Fifo } from "../attempt/fifo.ts";
import type { Runner } from "../attempt/runner.ts";
import { UpdateBuffer } from "../attempt/update-buffer.ts";
import type { Settings } from "../options/backend-options.ts";
import type { Budget } from "../resources/budget.ts";
import { Slots } from "../resources/slots.ts";
import { createRunners, type Runners } from "./create-runners.ts";

/** What an {@link OpenedBackend} is made of. */
export interface OpenedBackendParts {
  readonly settings: Settings;
  readonly budget: Budget;
  readonly context: BackendContext;
  /** Absolute directory for captured output, already made. */
  readonly captureDir: string;
}

/** One opening of the backend: the attempts under way, their slots, and who runs them. */
export class OpenedBackend implements BackendHandle, AttemptBooks {
  readonly #settings: Settings;
  readonly #context: BackendContext;
  readonly #updates: UpdateBuffer;
  readonly #slots: Slots;
  readonly #runners: Runners;
  readonly #attempts = new Map<string, Attempt>();
  readonly #stopping = new WeakMap<Attempt, Promise<CancelOutcome>>();
  /** Attempts for which the GPUs are there in number, but not yet in one piece. */
  readonly #waiting = new Fifo<Attempt>();
  #state: "open" | "lost" | "closed" = "open";
  #silent = false;

  constructor({ settings, budget, context, captureDir }: OpenedBackendParts) {
    this.#settings = settings;
    this.#context = context;
    this.#updates = new UpdateBuffer((updates) => {
      if (!this.#silent) context.report(updates);
    });
    this.#slots = new Slots(budget.coreIds, budget.gpus);
    this.#runners = createRunners({ settings, budget, context, captureDir, onLost: (error) => this.#lose(error) });
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    this.#refuseUnlessOpen();
    const preparations = this.#preparationsFor(tasks);
    if (preparations.size > 0) {
      await this.#prepare(preparations);
      this.#refuseUnlessOpen();
    }
    for (const attempt of this.#register(tasks)) this.#start(attempt);
  }

  async cancel(tasks: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    const attempts = tasks.map((task) => this.#attempts.get(attemptKey(task)));
    const fresh = attempts.filter((attempt) => attempt !== undefined).filter((attempt) => !attempt.stopping);
    await this.#stop(fresh, reason, this.#settings.graceMs);
    return Promise.all(
      attempts.map(async (attempt) => (attempt && (await this.#stopping.get(attempt))) ?? "cancelled"),
    );
  }

  async close(graceMs: number): Promise<void> {
    // Those that are being stopped already get the shorter grace.
    const stopped = this.#stop([...this.#attempts.values()], "the backend was closed", graceMs);
    await Promise.all([stopped, this.#close(graceMs)]);
  }

  report(update: TaskUpdate): void {
    this.#updates.push(update);
  }

  ended(attempt: Attempt): void {
    this.#attempts.delete(attemptKey(attempt.spec));
    if (attempt.slots !== undefined) this.#slots.give(attempt.slots);
    this.#runWaiting();
  }

  #start(attempt: Attempt): void {
    const { gpus = 0 } = attempt.spec.resources;
    if (gpus > this.#slots.gpuCount) {
      const message = `asks for ${gpus} GPUs, of which there are ${this.#slots.gpuCount}`;
      attempt.fail({ code: "TASK_NEVER_FITS", message });
      return;
    }
    if (gpus > 0 && this.#waiting.size > 0) return this.#waiting.push(attempt);
    attempt.slots = this.#slots.take(attempt.spec.resources);
    if (attempt.slots === undefined) this.#waiting.push(attempt);
    else this.#runners.for(attempt.spec.work)?.start(attempt);
  }

  /** Runs attempts that wait for GPUs, as far as these are free now. */
  #runWaiting(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (!next.stopping) next.slots = this.#slots.take(next.spec.resources);
      if (!next.stopping && next.slots === undefined) return;
      // Out of the line before it starts: one that ends at once comes back here.
      this.#waiting.shift();
      if (next.slots !== undefined) this.#runners.for(next.spec.work)?.start(next);
    }
  }

  /** Stops attempts; resolves once their work is gone or let go of. */
  async #stop(attempts: readonly Attempt[], reason: string, graceMs: number): Promise<void> {
    const groups = new Map<Runner | undefined, Attempt[]>();
    for (const attempt of attempts) {
      attempt.stop();
      const runner = attempt.slots && this.#runners.for(attempt.spec.work);
      const group = groups.get(runner);
      if (group === undefined) groups.set(runner, [attempt]);
      else group.push(attempt);
    }
    const stops = [...groups].map(([runner, group]) => {
      const outcomes = this.#stopGroup(group, runner?.stop(group, reason, graceMs));
      group.forEach((attempt, index) => {
        const outcome = outcomes.then((all) => all[index] ?? "cancelled");
        if (!this.#stopping.has(attempt)) this.#stopping.set(attempt, outcome);
      });
      return outcomes;
    });
    await Promise.all(stops);
  }

  async #stopGroup(
    group: readonly Attempt[],
    stopped: Promise<readonly CancelOutcome[]> | undefined,
  ): Promise<readonly CancelOutcome[]> {
    const outcomes = (await stopped) ?? [];
    for (const attempt of group) attempt.letGo();
    // What the attempts left behind is known before it is known that they are gone.
    this.#updates.flush();
    return outcomes;
  }

  async #close(graceMs: number): Promise<void> {
    this.#state = "closed";
    await Promise.all([...this.#attempts.values()].flatMap((attempt) => this.#stopping.get(attempt) ?? []));
    try {
      await this.#runners.close(graceMs);
    } finally {
      this.#updates.flush();
      this.#silent = true;
    }
  }

  #lose(cause: Error): void {
    if (this.#state !== "open") return;
    this.#state = "lost";
    this.#updates.flush();
    this.#silent = true;
    const { name } = this.#settings;
    const message = `${cause.message}; every program that it ran was ended`;
    this.#context.lost(new BackendError("BACKEND_LOST", { backend: name, message, cause }));
  }

  /** What is to be got ready for a batch, which is empty as a rule. Refuses work that no runner does. */
  #preparationsFor(tasks: readonly TaskSpec[]): ReadonlySet<Promise<void>> {
    const preparations = new Set<Promise<void>>();
    let last: Runner | undefined;
    for (const { uid, work } of tasks) {
      const runner = this.#runners.for(work);
      if (runner === undefined) {
        const what = work.kind === "function" ? `a ${work.function.kind} function` : `a ${work.kind}`;
        throw this.#refusal(`cannot run ${uid}, which is ${what}`);
      }
      const preparation = runner === last ? undefined : runner.prepare();
      if (preparation !== undefined) preparations.add(preparation);
      last = runner;
    }
    return preparations;
  }

  async #prepare(preparations: ReadonlySet<Promise<void>>): Promise<void> {
    try {
      await Promise.all(preparations);
    } catch (cause) {
      this.#refuseUnlessOpen();
      const message = `programs cannot be started here: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new BackendError("BACKEND_UNAVAILABLE", { backend: this.#settings.name, message, cause });
    }
  }

  /** Takes a batch in, whole or not at all. */
  #register(tasks: readonly TaskSpec[]): readonly Attempt[] {
    const attempts: Attempt[] = [];
    for (const spec of tasks) {
      const key = attemptKey(spec);
      if (this.#attempts.has(key)) {
        for (const attempt of attempts) this.#attempts.delete(attemptKey(attempt.spec));
        throw this.#refusal(`attempt ${spec.attempt} of ${spec.uid} was handed over twice`);
      }
      const attempt = new Attempt(spec, this);
      this.#attempts.set(key, attempt);
      attempts.push(attempt);
    }
    return attempts;
  }

  #refuseUnlessOpen(): void {
    if (this.#state === "open") return;
    const code = this.#state === "closed" ? "BACKEND_CLOSED" : "BACKEND_LOST";
    throw new BackendError(code, { backend: this.#settings.name, message: `is ${this.#state}; open it again` });
  }

  #refusal(message: string): BackendError {
    return new BackendError("BACKEND_REJECTED_TASKS", { backend: this.#settings.name, message });
  }
}
