import type { PackedValue } from "./packed-value.ts";

/** What a pool tells its worker. */
export type HostMessage = CallMessage | AbortMessage;

/** Run a function. A worker has one at a time. */
export interface CallMessage {
  readonly kind: "call";
  /** Names the call; rises. */
  readonly id: number;
  /** URL of the module. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly task: TaskIdentity;
  /** Variables to set while the function runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute directory to run in; only for worker processes. */
  readonly workingDirectory?: string | undefined;
  readonly createWorkingDirectory?: boolean | undefined;
  readonly prints: PrintTarget;
}

/** What `taskContext()` tells, without the signal. */
export interface TaskIdentity {
  readonly uid: string;
  readonly name: string;
  readonly attempt: number;
  readonly backend: string;
  readonly sessionUid: string;
}

/** Where what a function prints goes. */
export type PrintTarget =
  | { readonly kind: "memory"; readonly maxBytes: number }
  | { readonly kind: "file"; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "none" };

/** Abort the signal of a function. */
export interface AbortMessage {
  readonly kind: "abort";
  readonly id: number;
  readonly reason: string;
}

/** What a worker tells its pool. */
export type WorkerMessage = ReadyMessage | ListensMessage | EndMessage;

/** The worker takes calls. */
export interface ReadyMessage {
  readonly kind: "ready";
}

/** The function asked for its signal, so it can notice an abort. */
export interface ListensMessage {
  readonly kind: "listens";
  readonly id: number;
}

/** The function ended. */
export interface EndMessage {
  readonly kind: "end";
  readonly id: number;
  readonly result: CallResult;
  /** Absent when nothing was printed, or not into memory. */
  readonly prints?: { readonly stdout: string; readonly stderr: string; readonly truncated: boolean };
  /** Processor time of the worker during the call, in milliseconds, where the runtime tells. */
  readonly cpuTimeMs?: number;
}

/** How a call went. */
export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: CallFailureCode; readonly message: string; readonly thrown?: PackedValue };

/** Why a call failed; a subset of the task failure codes of `@rhapsody/core`. */
export type CallFailureCode =
  | "TASK_FUNCTION_THREW"
  | "TASK_FUNCTION_NOT_FOUND"
  | "TASK_NOT_SERIALIZABLE"
  | "TASK_WORKING_DIRECTORY"
  | "TASK_SPAWN_FAILED";
