import type { PackedValue } from "./packed-value.ts";

/** What a pool tells its worker. */
export type HostMessage = CallMessage | AbortMessage;

/**
 * Run a function. A worker has one call at a time.
 *
 * A list and not an object: copying a key to another thread costs more than most values.
 */
export type CallMessage = readonly [
  /** Names the call; rises. */
  id: number,
  /** URL of the module. */
  url: string,
  /** Name of the export. */
  name: string,
  args: readonly unknown[],
  /** Task's uid, name and attempt. */
  uid: string,
  taskName: string,
  attempt: number,
  /** Where what the function prints goes; a number is the most bytes to keep in memory. */
  prints: PrintTarget,
  /** What is to be set while the function runs; absent when that is nothing. */
  surroundings?: Surroundings | undefined,
];

/** Where what a function prints goes: into memory, at most so many bytes of each stream, into files, or nowhere. */
export type PrintTarget = number | { readonly stdout: string; readonly stderr: string } | "none";

/** Environment and working directory of a call. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute; only for worker processes. */
  readonly workingDirectory?: string | undefined;
  readonly createWorkingDirectory?: boolean | undefined;
}

/** Abort the signal of the call of that number. */
export interface AbortMessage {
  readonly abort: number;
  readonly reason: string;
}

/** What a worker tells its pool: that it takes calls, that the function of a call asked for its signal, or that it ended. */
export type WorkerMessage = "ready" | { readonly listens: number } | EndMessage;

/** The function ended; a list for the same reason as {@link CallMessage}. */
export type EndMessage = readonly [
  id: number,
  /** What it returned. */
  result: unknown,
  /** Absent when it did not fail. */
  failure?: CallFailure | undefined,
  /** Processor time of the worker since the last call ended, in milliseconds, where the runtime tells. */
  cpuTimeMs?: number | undefined,
  /** Absent when nothing was printed, or not into memory. */
  printed?: Printed | undefined,
];

/** What a function printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  /** True when the beginning of one of them was cut. */
  readonly truncated: boolean;
}

/** Why a call failed. */
export interface CallFailure {
  readonly code: CallFailureCode;
  readonly message: string;
  readonly thrown?: PackedValue;
}

/** Kinds of failed calls; a subset of the task failure codes of `@rhapsody/core`. */
export type CallFailureCode =
  | "TASK_FUNCTION_THREW"
  | "TASK_FUNCTION_NOT_FOUND"
  | "TASK_NOT_SERIALIZABLE"
  | "TASK_WORKING_DIRECTORY"
  | "TASK_SPAWN_FAILED";
