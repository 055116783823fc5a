import type { InferenceDetails } from "../backend/inference-details.ts";
import type { TokenUsage } from "../backend/task-update.ts";
import type { ResourceUsage } from "./resources.ts";
import type { TerminalTaskState } from "./task-state.ts";

/** What became of a task. `T` is the type of its value. */
export interface TaskResult<T = unknown> {
  readonly uid: string;
  /** The user's label; the uid when none was given. */
  readonly name: string;
  readonly state: TerminalTaskState;
  /** Name of the backend that ran the last attempt; absent when none did. */
  readonly backend?: string;
  /**
   * What a function returned, an executable's `stdout`, or a prompt's `response`.
   *
   * Only of type `T` when `state` is `DONE`; `undefined` otherwise. Awaiting a task rejects in every other state, so what `await` gives is always of type `T`.
   */
  readonly returnValue: T;
  /** Captured standard output, `""` without any, or the file's path under `capture: "file"`. */
  readonly stdout: string;
  /** Captured standard error, `""` without any, or the file's path under `capture: "file"`. */
  readonly stderr: string;
  /** True when `stdout` or `stderr` lacks its beginning, cut to `maxOutputBytes`. */
  readonly outputTruncated: boolean;
  /** Exit code of an executable; absent when a signal ended it, and for other tasks. */
  readonly exitCode?: number;
  /** Name of the signal that ended an executable, e.g. `"SIGKILL"`. */
  readonly signal?: string;
  /** Answer to a prompt: a string, or what its `responseSchema` makes of it, for one, an array in order for several. */
  readonly response?: T;
  /** Tokens as the model's server counted them. */
  readonly usage?: TokenUsage;
  /** How a model's answer came about. */
  readonly inference?: InferenceDetails;
  /** How often the task was handed to a backend. */
  readonly attempts: number;
  /** True when the task did not run, since there was a result of one that was the same. `usage` and `resources` are what that one used. */
  readonly cached?: true;
  readonly times: TaskTimes;
  /** What the task was given and used, as far as the backend can tell. */
  readonly resources?: ResourceUsage;
  /** Why the task is not `DONE`: what awaiting it rejects with. */
  readonly error?: Error;
}

/** When a task reached its stations, in Unix milliseconds. Those of a retried task belong to its last attempt. */
export interface TaskTimes {
  /** Accepted by the session. */
  readonly submitted: number;
  /** Handed to a backend; absent when it never was. */
  readonly scheduled?: number;
  /** Began to run; absent when it never did. */
  readonly started?: number;
  /** Settled. */
  readonly finished: number;
}
