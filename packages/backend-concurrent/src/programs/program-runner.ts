import type { CancelOutcome, ExecutableWork } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import type { Runner } from "../attempt/runner.ts";
import type { OutputTarget } from "../launcher/process-request.ts";
import { parseTaskOptions, type ConcurrentTaskOptions } from "../options/task-options.ts";
import { outputFiles } from "./output-files.ts";
import type { ProcessEnd, ProcessRequestBody, ProcessStarter } from "./process-starter.ts";
import { programFailure, programOutcome, type OutputPaths } from "./program-outcome.ts";

/** Where programs run. */
export interface ProgramSite {
  readonly starter: ProcessStarter;
  /** Variables of the session, under those of the task. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory for captured output. */
  readonly captureDir: string;
}

/** Runs programs, each as a process tree of its own. */
export class ProgramRunner implements Runner {
  readonly #site: ProgramSite;
  readonly #ids = new Map<Attempt, number>();

  constructor(site: ProgramSite) {
    this.#site = site;
  }

  prepare(): Promise<void> | undefined {
    return this.#site.starter.isOpen ? undefined : this.#site.starter.open();
  }

  start(attempt: Attempt): void {
    const options = parseTaskOptions(attempt.spec);
    if (typeof options === "string") {
      attempt.fail({ code: "BACKEND_REJECTED_TASKS", message: options });
      return;
    }
    // The backend hands only such work to this runner.
    const work = attempt.spec.work as ExecutableWork;
    const paths = work.capture === "file" ? outputFiles(this.#site.captureDir, attempt.spec) : undefined;
    const id = this.#site.starter.start(this.#request(attempt, work, { options, paths }), {
      started: ({ at }) => attempt.begin(at),
      ended: (end) => {
        this.#ids.delete(attempt);
        settle(attempt, end, paths);
      },
    });
    this.#ids.set(attempt, id);
  }

  async stop(attempts: readonly Attempt[], _reason: string, graceMs: number): Promise<readonly CancelOutcome[]> {
    const ids = attempts.flatMap((attempt) => this.#ids.get(attempt) ?? []);
    await this.#site.starter.kill(ids, graceMs);
    return attempts.map(() => "cancelled");
  }

  async close(): Promise<void> {}

  #request(
    attempt: Attempt,
    work: ExecutableWork,
    { options, paths }: { readonly options: ConcurrentTaskOptions; readonly paths: OutputPaths | undefined },
  ): ProcessRequestBody {
    const { workingDirectory } = attempt.spec;
    return {
      executable: work.executable,
      arguments: work.arguments,
      environment: attempt.environment(this.#site.environment),
      workingDirectory,
      createWorkingDirectory: options.createWorkingDirectory,
      shell: options.shell,
      stdin: work.stdin,
      stdout: target(work, paths?.stdout),
      stderr: target(work, paths?.stderr),
    };
  }
}

function target({ capture, maxOutputBytes }: ExecutableWork, path: string | undefined): OutputTarget {
  if (path !== undefined) return { kind: "file", path };
  return capture === "memory" ? { kind: "memory", maxBytes: maxOutputBytes } : { kind: "none" };
}

function settle(attempt: Attempt, end: ProcessEnd, paths: OutputPaths | undefined): void {
  if (end.type === "failed") return attempt.fail({ code: end.code, message: end.message });
  if (end.type === "dropped") return attempt.canceled();
  attempt.begin(end.startedAt);
  const outcome = programOutcome(end, paths);
  const failure = programFailure(end);
  if (failure === undefined) attempt.done(outcome);
  else attempt.fail(failure, outcome);
}
