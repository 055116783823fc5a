import { resolve } from "node:path";
import type { CancelOutcome, FunctionWork, TaskOutcome } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import type { Runner } from "../attempt/runner.ts";
import { parseTaskOptions, type ConcurrentTaskOptions } from "../options/task-options.ts";
import { outputFiles } from "../programs/output-files.ts";
import type { Job } from "../workers/job.ts";
import type { EndMessage, PrintTarget, Surroundings } from "../workers/messages.ts";
import { unpackValue } from "../workers/packed-value.ts";
import type { WorkerEnd } from "../workers/worker-link.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import { describeThrown } from "./describe-thrown.ts";

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
    const job = this.#job(attempt, options);
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

  #job(attempt: Attempt, options: ConcurrentTaskOptions): Job {
    const { spec } = attempt;
    // The backend hands only such work to this runner.
    const work = spec.work as FunctionWork;
    const { url, name } = moduleFunctionOf(work);
    const prints = printTarget(work, this.#site.captureDir, attempt);
    const surroundings = this.#surroundings(attempt, options);
    return {
      call: (id) => [id, url, name, work.args, spec.uid, spec.name, spec.attempt, prints, surroundings],
      began: () => attempt.begin(),
      ended: (end) => {
        this.#jobs.delete(attempt);
        settle(attempt, end, prints);
      },
      died: (end) => {
        this.#jobs.delete(attempt);
        fail(attempt, end);
      },
      unsendable: (cause) => {
        this.#jobs.delete(attempt);
        const message = `an argument cannot be copied to a worker: ${describeThrown(cause)}; pass plain data`;
        attempt.fail({ code: "TASK_NOT_SERIALIZABLE", message, cause });
      },
    };
  }

  #surroundings(attempt: Attempt, { createWorkingDirectory }: ConcurrentTaskOptions): Surroundings | undefined {
    const { workingDirectory } = attempt.spec;
    const environment = attempt.environment(this.#site.environment);
    if (workingDirectory === undefined) return isEmpty(environment) ? undefined : { environment };
    return { environment, workingDirectory: resolve(workingDirectory), createWorkingDirectory };
  }
}

function moduleFunctionOf({ function: target }: FunctionWork): { readonly url: string; readonly name: string } {
  if (target.kind !== "module") throw new TypeError(`${target.kind} functions do not run in workers`);
  return target;
}

function printTarget({ capture, maxOutputBytes }: FunctionWork, captureDir: string, { spec }: Attempt): PrintTarget {
  if (capture === "file") return outputFiles(captureDir, spec);
  return capture === "memory" ? maxOutputBytes : "none";
}

function settle(attempt: Attempt, [, value, failure, cpuTimeMs, printed]: EndMessage, target: PrintTarget): void {
  const { stdout, stderr } = typeof target === "object" ? target : (printed ?? noOutput);
  const outcome: TaskOutcome = {
    stdout,
    stderr,
    ...(printed?.truncated === true && { outputTruncated: true }),
    ...(cpuTimeMs !== undefined && { resources: { cpuTimeMs } }),
  };
  if (failure === undefined) return attempt.done({ ...outcome, returnValue: value });
  const { code, message, thrown } = failure;
  attempt.fail({ code, message, ...(thrown !== undefined && { cause: unpackValue(thrown) }) }, outcome);
}

const noOutput = { stdout: "", stderr: "" };

function fail(attempt: Attempt, { how, cause, stderr }: WorkerEnd): void {
  attempt.begin();
  const why = cause === undefined ? "" : `: ${describeThrown(cause)}`;
  const message = `the worker that ran the function ${how}${why}`;
  const outcome = stderr === undefined ? {} : { stderr };
  attempt.fail({ code: "TASK_WORKER_DIED", message, ...(cause !== undefined && { cause }) }, outcome);
}

function isEmpty(variables: Readonly<Record<string, string>>): boolean {
  for (const _ in variables) return false;
  return true;
}
