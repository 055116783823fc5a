import { resolve } from "node:path";
import type { CancelOutcome, FunctionWork } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import type { Runner } from "../attempt/runner.ts";
import { parseTaskOptions, type ConcurrentTaskOptions } from "../options/task-options.ts";
import { outputFiles } from "../programs/output-files.ts";
import type { Job } from "../workers/job.ts";
import type { PrintTarget, Surroundings } from "../workers/messages.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import { ModuleJob } from "./module-job.ts";

/** Where functions of modules run. */
export interface ModuleSite {
  readonly pool: WorkerPool;
  /** Variables of the session, under those of the task. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory for captured output. */
  readonly captureDir: string;
  /** Gets ready what workers need; absent when that is nothing. */
  readonly prepare?: (() => Promise<void> | undefined) | undefined;
}

/** Calls functions that modules export, in the workers of a pool. */
export class ModuleRunner implements Runner {
  readonly #site: ModuleSite;
  readonly #jobs = new Map<Attempt, Job>();
  readonly #forget = (attempt: Attempt): void => void this.#jobs.delete(attempt);

  constructor(site: ModuleSite) {
    this.#site = site;
  }

  prepare(): Promise<void> | undefined {
    return this.#site.prepare?.();
  }

  start(attempt: Attempt): void {
    const options = parseTaskOptions(attempt.spec);
    if (typeof options === "string") {
      attempt.fail({ code: "BACKEND_REJECTED_TASKS", message: options });
      return;
    }
    const job = new ModuleJob(attempt, {
      prints: this.#prints(attempt),
      surroundings: this.#surroundings(attempt, options),
      forget: this.#forget,
    });
    this.#jobs.set(attempt, job);
    this.#site.pool.run(job);
  }

  async stop(attempts: readonly Attempt[], reason: string, graceMs: number): Promise<readonly CancelOutcome[]> {
    const jobs = attempts.map((attempt) => this.#jobs.get(attempt));
    const known = jobs.filter((job) => job !== undefined);
    const outcomes = new Map<Job | undefined, CancelOutcome>();
    const answers = await this.#site.pool.stop(known, reason, graceMs);
    known.forEach((job, index) => outcomes.set(job, answers[index] ?? "cancelled"));
    for (const attempt of attempts) this.#jobs.delete(attempt);
    return jobs.map((job) => outcomes.get(job) ?? "cancelled");
  }

  async close(graceMs: number): Promise<void> {
    await this.#site.pool.close(graceMs);
  }

  #prints({ spec }: Attempt): PrintTarget {
    // The backend hands only such work to this runner.
    const { capture, maxOutputBytes } = spec.work as FunctionWork;
    if (capture === "file") return outputFiles(this.#site.captureDir, spec);
    return capture === "memory" ? maxOutputBytes : "none";
  }

  #surroundings(attempt: Attempt, { createWorkingDirectory }: ConcurrentTaskOptions): Surroundings | undefined {
    const { workingDirectory } = attempt.spec;
    const environment = attempt.environment(this.#site.environment);
    if (workingDirectory === undefined) return isEmpty(environment) ? undefined : { environment };
    return { environment, workingDirectory: resolve(workingDirectory), createWorkingDirectory };
  }
}

function isEmpty(variables: Readonly<Record<string, string>>): boolean {
  for (const _ in variables) return false;
  return true;
}
