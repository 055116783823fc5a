/** News of one process. Every process gets exactly one of `exited`, `failed` and `dropped`; `started` comes before `exited`. */
export type LauncherEvent = ProcessStarted | ProcessExit | ProcessFailure | ProcessDropped;

/** The program runs. */
export interface ProcessStarted {
  readonly type: "started";
  readonly id: number;
  /** Process id, also the id of its process group. */
  readonly pid: number;
  /** When, in Unix milliseconds. */
  readonly at: number;
}

/** The program ended and nothing that it started is alive. */
export interface ProcessExit {
  readonly type: "exited";
  readonly id: number;
  readonly pid: number;
  /** What it returned; `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** Name of the signal that ended it; `null` when it ended by itself. */
  readonly signal: string | null;
  /** Present for a `memory` target. */
  readonly stdout?: CapturedOutput;
  /** Present for a `memory` target. */
  readonly stderr?: CapturedOutput;
  /** Begin and end, in Unix milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /**
   * Largest resident memory of one process of the program, in bytes. Absent where the system does not tell: with the portable engine, and
   * on Linux for a process that ended within a second or so and stayed smaller than the helper process (about 60 MB), whose own size the
   * kernel counts as a floor of what it starts.
   */
  readonly peakMemoryBytes?: number;
  /** User and system time of the program and of the children that it waited for, in milliseconds. Absent with the portable engine. */
  readonly cpuTimeMs?: number;
}

/** The end of a stream, as raw bytes. */
export interface CapturedOutput {
  /** The last bytes that were written, at most the request's `maxBytes`. A view into a larger buffer: decode or copy it, do not keep it. */
  readonly bytes: Uint8Array;
  /** How many bytes were written in all. */
  readonly totalBytes: number;
  /** True when `bytes` lacks the beginning. */
  readonly truncated: boolean;
}

/** The program could not be started. */
export interface ProcessFailure {
  readonly type: "failed";
  readonly id: number;
  readonly code: ProcessFailureCode;
  /** What happened and what to do. */
  readonly message: string;
  /** Name of the system's error, e.g. `"EACCES"`, where there is one. */
  readonly errno?: string;
}

/** Why a program could not be started; a subset of the task failure codes of `@rhapsody/core`. */
export type ProcessFailureCode =
  | "TASK_PROGRAM_NOT_FOUND"
  | "TASK_PROGRAM_NOT_EXECUTABLE"
  | "TASK_WORKING_DIRECTORY"
  | "TASK_SPAWN_FAILED";

/** The process was killed, or the launcher closed, before the program was started. */
export interface ProcessDropped {
  readonly type: "dropped";
  readonly id: number;
}
