import type { CancelOutcome } from "@rhapsody/core";
import { Fifo } from "../attempt/fifo.ts";
import type { Job } from "./job.ts";
import { PooledWorker } from "./pooled-worker.ts";
import type { StartWorker, WorkerEnd } from "./worker-link.ts";

/** What a {@link WorkerPool} is made of. */
export interface WorkerPoolParts {
  /** Most workers. They are started as jobs come, and kept. */
  readonly size: number;
  readonly start: StartWorker;
}

/**
 * Runs jobs in workers, one at a time in each, in order of arrival.
 *
 * A worker that ends takes its own job with it and no other. One that ends before it was ready takes the job that has waited longest, so that a
 * worker which can never start makes jobs fail and not wait for ever.
 */
export class WorkerPool {
  readonly #parts: WorkerPoolParts;
  readonly #waiting = new Fifo<Job>();
  readonly #starting = new Set<PooledWorker>();
  readonly #idle: PooledWorker[] = [];
  readonly #busy = new Map<Job, PooledWorker>();
  #closed = false;

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
  }

  run(job: Job): void {
    this.#waiting.push(job);
    const worker = this.#idle.pop();
    if (worker === undefined) this.#startWorkers();
    else this.#giveNext(worker);
  }

  /** Takes jobs back that no worker has yet, and ends the others; resolves when they are gone, with one outcome for each in order. */
  async stop(jobs: readonly Job[], reason: string, graceMs: number): Promise<readonly CancelOutcome[]> {
    const wanted = new Set(jobs);
    this.#waiting.extract((job) => wanted.has(job));
    return Promise.all(jobs.map(async (job) => (await this.#busy.get(job)?.stopJob(reason, graceMs)) ?? "cancelled"));
  }

  /** Ends all workers. Jobs must have been stopped before. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const workers = [...this.#starting, ...this.#idle, ...this.#busy.values()];
    await Promise.all(workers.map((worker) => worker.end(graceMs)));
  }

  /** Gives a worker the next job that it can be given. */
  #giveNext(worker: PooledWorker): void {
    for (;;) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      this.#busy.set(job, worker);
      if (worker.run(job)) return;
      this.#busy.delete(job);
    }
    this.#idle.push(worker);
  }

  #startWorkers(): void {
    while (
      !this.#closed &&
      this.#starting.size < this.#waiting.size &&
      this.#starting.size + this.#idle.length + this.#busy.size < this.#parts.size
    ) {
      const worker = new PooledWorker(this.#parts.start, {
        free: (free, ended) => this.#free(free, ended),
        gone: (gone, job, end) => this.#gone(gone, job, end),
      });
      this.#starting.add(worker);
    }
  }

  #free(worker: PooledWorker, ended: Job | undefined): void {
    this.#starting.delete(worker);
    if (ended !== undefined) this.#busy.delete(ended);
    this.#giveNext(worker);
  }

  #gone(worker: PooledWorker, job: Job | undefined, end: WorkerEnd): void {
    if (this.#starting.delete(worker) && !this.#closed) this.#waiting.shift()?.died(end);
    if (job !== undefined) this.#busy.delete(job);
    const index = this.#idle.indexOf(worker);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#startWorkers();
  }
}
