import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { CancelOutcome } from "@rhapsody/core";
import type { Job } from "./job.ts";
import type { WorkerMessage } from "./messages.ts";
import type { StartWorker, WorkerEnd, WorkerLink } from "./worker-link.ts";

/** Hears of a worker's comings and goings. */
export interface PooledWorkerListener {
  /** It takes a job, having started or ended the one named. */
  free(worker: PooledWorker, ended: Job | undefined): void;
  /** It is gone, with the job that it had, which knows already. */
  gone(worker: PooledWorker, job: Job | undefined, end: WorkerEnd): void;
}

/** A worker of a pool, with at most one job. */
export class PooledWorker {
  readonly #link: WorkerLink;
  readonly #listener: PooledWorkerListener;
  readonly #gone = Promise.withResolvers<void>();
  #job: Job | undefined;
  #call = 0;
  #listens = false;
  #over = false;
  /** Resolved when the present job has ended, while somebody waits for that. */
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(start: StartWorker, listener: PooledWorkerListener) {
    this.#listener = listener;
    this.#link = start({
      message: (message) => this.#receive(message),
      ended: (end) => this.#ended(end),
    });
  }

  /** Hands a job over; false when its arguments cannot be copied, which the job hears. */
  run(job: Job): boolean {
    this.#call += 1;
    try {
      this.#link.send(job.call(this.#call));
    } catch (error) {
      job.unsendable(error);
      return false;
    }
    this.#job = job;
    this.#listens = false;
    this.#link.hold(true);
    job.began();
    return true;
  }

  /**
   * Ends the present job: by its signal when its function listens and ends within the grace, else with the worker.
   *
   * @returns `detached` when the worker is stuck and goes on.
   */
  async stopJob(reason: string, graceMs: number): Promise<CancelOutcome> {
    const call = this.#call;
    // Word that the function listens may be under way; the second turn begins after the loop has read what was there.
    for (let turn = 0; turn < 2 && !this.#listens; turn += 1) await nextTurn();
    if (this.#job === undefined || this.#call !== call) return "cancelled";
    if (this.#listens && (await this.#endsInTime(reason, graceMs))) return "cancelled";
    return this.end(graceMs);
  }

  /** Ends the worker, and its job with it. */
  async end(graceMs: number): Promise<CancelOutcome> {
    if (!(await this.#link.end(graceMs))) {
      this.#ended({ how: "was left alone" });
      return "detached";
    }
    await this.#gone.promise;
    return "cancelled";
  }

  async #endsInTime(reason: string, graceMs: number): Promise<boolean> {
    this.#idle ??= Promise.withResolvers<void>();
    const timer = new AbortController();
    const late = delay(graceMs, false, { signal: timer.signal }).catch(() => false);
    this.#link.send({ abort: this.#call, reason });
    const ended = await Promise.race([this.#idle.promise.then(() => true), late]);
    timer.abort();
    return ended;
  }

  #receive(message: WorkerMessage): void {
    if (message === "ready") return this.#release(undefined);
    if ("listens" in message) {
      if (message.listens === this.#call) this.#listens = true;
      return;
    }
    const job = this.#job;
    if (message[0] !== this.#call || job === undefined) return;
    this.#job = undefined;
    job.ended(message);
    this.#release(job);
  }

  #release(ended: Job | undefined): void {
    this.#link.hold(false);
    this.#idle?.resolve();
    this.#idle = undefined;
    this.#listener.free(this, ended);
  }

  #ended(end: WorkerEnd): void {
    // A worker that was left alone may end after all.
    if (this.#over) return;
    this.#over = true;
    const job = this.#job;
    this.#job = undefined;
    job?.died(end);
    this.#idle?.resolve();
    this.#gone.resolve();
    this.#listener.gone(this, job, end);
  }
}
