import type { FunctionWork, TaskOutcome } from "@rhapsody/core";
import type { Attempt } from "../attempt/attempt.ts";
import type { Job } from "../workers/job.ts";
import type { CallMessage, EndMessage, PrintTarget, Surroundings } from "../workers/messages.ts";
import { unpackValue } from "../workers/packed-value.ts";
import type { WorkerEnd } from "../workers/worker-link.ts";
import { describeThrown } from "./describe-thrown.ts";

/** What an attempt's call needs besides the function and its arguments. */
export interface CallSetting {
  readonly prints: PrintTarget;
  readonly surroundings: Surroundings | undefined;
  /** The attempt needs its job no more. */
  readonly forget: (attempt: Attempt) => void;
}

/** The call of a module's function for one attempt. */
export class ModuleJob implements Job {
  readonly #attempt: Attempt;
  readonly #setting: CallSetting;

  constructor(attempt: Attempt, setting: CallSetting) {
    this.#attempt = attempt;
    this.#setting = setting;
  }

  call(id: number): CallMessage {
    const { uid, name, attempt, work } = this.#attempt.spec;
    // Only such work becomes a job.
    const { function: target, args } = work as FunctionWork;
    if (target.kind !== "module") throw new TypeError(`${target.kind} functions do not run in workers`);
    const { prints, surroundings } = this.#setting;
    return [id, target.url, target.name, args, uid, name, attempt, prints, surroundings];
  }

  began(): void {
    this.#attempt.begin();
  }

  ended([, value, failure, cpuTimeMs, printed]: EndMessage): void {
    this.#setting.forget(this.#attempt);
    const { prints } = this.#setting;
    const outcome: TaskOutcome = {
      ...(typeof prints === "object" ? prints : noOutput),
      ...(printed !== undefined && { stdout: printed.stdout, stderr: printed.stderr }),
      ...(printed?.truncated === true && { outputTruncated: true }),
      ...(cpuTimeMs !== undefined && { resources: { cpuTimeMs } }),
    };
    if (failure === undefined) return this.#attempt.done({ ...outcome, returnValue: value });
    const { code, message, thrown } = failure;
    this.#attempt.fail({ code, message, ...(thrown !== undefined && { cause: unpackValue(thrown) }) }, outcome);
  }

  died({ how, cause, stderr }: WorkerEnd): void {
    this.#setting.forget(this.#attempt);
    this.#attempt.begin();
    const why = cause === undefined ? "" : `: ${describeThrown(cause)}`;
    const message = `the worker that ran the function ${how}${why}`;
    const outcome = stderr === undefined ? {} : { stderr };
    this.#attempt.fail({ code: "TASK_WORKER_DIED", message, ...(cause !== undefined && { cause }) }, outcome);
  }

  unsendable(cause: unknown): void {
    this.#setting.forget(this.#attempt);
    const message = `an argument cannot be copied to a worker: ${describeThrown(cause)}; pass plain data`;
    this.#attempt.fail({ code: "TASK_NOT_SERIALIZABLE", message, cause });
  }
}

const noOutput = { stdout: "", stderr: "" };
