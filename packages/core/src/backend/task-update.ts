import type { ResourceUsage } from "../task/resources.ts";
import type { InferenceDetails } from "./inference-details.ts";
import type { TaskAttempt } from "./task-spec.ts";

/** News of one attempt. A backend reports at most one `RUNNING`, then exactly one of `DONE`, `FAILED`, `CANCELED` and `LOST`. */
export type TaskUpdate = RunningUpdate | DoneUpdate | FailedUpdate | CanceledUpdate | LostUpdate | OutputUpdate;

/** The work has begun. */
export interface RunningUpdate extends TaskAttempt {
  readonly state: "RUNNING";
  /** When, in Unix milliseconds; absent means now. */
  readonly at?: number;
}

/** The work ended well. */
export interface DoneUpdate extends TaskAttempt, TaskOutcome {
  readonly state: "DONE";
}

/** The work ended badly, by itself: never because it was stopped. */
export interface FailedUpdate extends TaskAttempt, TaskOutcome {
  readonly state: "FAILED";
  readonly failure: TaskFailure;
}

/** The work was stopped on request. */
export interface CanceledUpdate extends TaskAttempt, TaskOutcome {
  readonly state: "CANCELED";
}

/**
 * What ran the work died under it, a worker or a node, while the engine goes on. The session runs the task again at once, and no retry policy counts the
 * attempt; a task that was running (`RUNNING` was reported, or `startedAt` is given) too often when that happened fails with `failure`.
 */
export interface LostUpdate extends TaskAttempt {
  readonly state: "LOST";
  /** What died, with code `TASK_WORKER_DIED`, e.g. `worker tcp://10.0.0.4:38011 died`. */
  readonly failure: TaskFailure;
  /** Begin of the work, in Unix milliseconds; absent when it had not begun, or `RUNNING` was reported. */
  readonly startedAt?: number;
}

/** A piece of output while the work goes on. */
export interface OutputUpdate extends TaskAttempt {
  readonly state: "OUTPUT";
  /** Which stream; `response` is the answer of a model. */
  readonly stream: "stdout" | "stderr" | "response";
  /** Which prompt of several, from 0. */
  readonly index?: number;
  readonly text: string;
}

/** What an attempt left behind. Fields that do not apply are absent. */
export interface TaskOutcome {
  /** What a function returned; absent for executables, whose value is their `stdout`. */
  readonly returnValue?: unknown;
  /** Captured standard output, or the path of the file under `capture: "file"`. */
  readonly stdout?: string;
  /** Captured standard error, or the path of the file under `capture: "file"`. */
  readonly stderr?: string;
  /** True when `stdout` or `stderr` lacks its beginning, cut to the limit. */
  readonly outputTruncated?: boolean;
  readonly exitCode?: number;
  /** Name of the signal that ended the process, e.g. `"SIGKILL"`. */
  readonly signal?: string;
  /**
   * Answers of a model, text as it came: a string for one prompt, a list in order for several; a vector, or a list of them, for texts. The session
   * reads and checks answers by the task's schema.
   */
  readonly response?: unknown;
  /** Tokens as counted by the server. */
  readonly usage?: TokenUsage;
  /** How a model's answers came about. */
  readonly inference?: InferenceDetails;
  readonly resources?: ResourceUsage;
  /** Begin of the work, in Unix milliseconds, when the backend knows better than the session. */
  readonly startedAt?: number;
  /** End of the work, in Unix milliseconds, when the backend knows better than the session. */
  readonly finishedAt?: number;
}

/** Tokens of a prompt and its answer. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
}

/** Why an attempt failed; the same on every backend for failures of one kind. */
export interface TaskFailure {
  readonly code: TaskFailureCode;
  /** What happened and what to do, without the task's uid. */
  readonly message: string;
  /** What was thrown, when something was. */
  readonly cause?: unknown;
}

/**
 * Kinds of task failure.
 *
 * - `TASK_EXIT_CODE`: the program ended with a code other than 0.
 * - `TASK_SIGNALED`: a signal ended the program.
 * - `TASK_PROGRAM_NOT_FOUND`, `TASK_PROGRAM_NOT_EXECUTABLE`: the program is not there, or may not be run.
 * - `TASK_WORKING_DIRECTORY`: the working directory is missing or cannot be entered.
 * - `TASK_SPAWN_FAILED`: the operating system refused to start the program.
 * - `TASK_FUNCTION_THREW`: the function threw; `cause` has what.
 * - `TASK_FUNCTION_NOT_FOUND`: the module or its export cannot be loaded.
 * - `TASK_ARGUMENTS_INVALID`: a computed argument or prompt has no form the work accepts, or computing it threw; or a file of `cache.inputs` is missing.
 * - `TASK_NOT_SERIALIZABLE`: an argument or result cannot cross to or from the worker.
 * - `TASK_WORKER_DIED`: the worker that ran the task ended.
 * - `TASK_PROMPT_FAILED`: the model's server answered with an error.
 * - `TASK_RESPONSE_INVALID`: the model's answer is not what the task's `responseSchema` asks for.
 * - `TASK_TIMEOUT`, `TASK_QUEUE_TIMEOUT`: the task ran, or waited to run, for longer than allowed.
 * - `TASK_NEVER_FITS`: the opened backend has less than the task asks for.
 * - `BACKEND_UNAVAILABLE`, `BACKEND_LOST`, `BACKEND_REJECTED_TASKS`: the backend could not be opened, died, or refused the task.
 */
export type TaskFailureCode =
  | "TASK_EXIT_CODE"
  | "TASK_SIGNALED"
  | "TASK_PROGRAM_NOT_FOUND"
  | "TASK_PROGRAM_NOT_EXECUTABLE"
  | "TASK_WORKING_DIRECTORY"
  | "TASK_SPAWN_FAILED"
  | "TASK_FUNCTION_THREW"
  | "TASK_FUNCTION_NOT_FOUND"
  | "TASK_ARGUMENTS_INVALID"
  | "TASK_NOT_SERIALIZABLE"
  | "TASK_WORKER_DIED"
  | "TASK_PROMPT_FAILED"
  | "TASK_RESPONSE_INVALID"
  | "TASK_TIMEOUT"
  | "TASK_QUEUE_TIMEOUT"
  | "TASK_NEVER_FITS"
  | "BACKEND_UNAVAILABLE"
  | "BACKEND_LOST"
  | "BACKEND_REJECTED_TASKS";
