import type { CacheOptions, Secret, TaskBackendOptions, TaskHandle, TaskResources } from "@rhapsody/core";
import type { FlowError } from "../errors/flow-error.ts";
import type { InputFile } from "../files/input-file.ts";
import type { OutputFile } from "../files/output-file.ts";
import type { FlowHandle } from "../handle/flow-handle.ts";
import type { Duration } from "./duration.ts";
import type { FlowRetry } from "./flow-retry.ts";

/** Options of every call: of tasks and of blocks. `R` is the type of the value. */
export interface CallOptions<R = unknown> {
  /** Label for people to read. @defaultValue the name of the function, else the uid */
  readonly name?: string | undefined;
  /** Handles to wait for besides those in the arguments. */
  readonly after?: readonly (FlowHandle<unknown> | TaskHandle)[] | undefined;
  /**
   * What has to be true of the handles that it waits for. `allSuccess`: all ended well. `allDone`: all ended. `oneSuccess`: all ended, at least one of them well.
   * Those that did not end well have the value `undefined` in arguments. @defaultValue `"allSuccess"`
   */
  readonly when?: "allSuccess" | "allDone" | "oneSuccess" | undefined;
  /** Gives the value when the call failed, for whatever reason but being cancelled. @defaultValue the failure is the outcome */
  readonly fallback?: ((error: FlowError) => R | PromiseLike<R>) | undefined;
  /** How often and when to try again: most attempts in all, or a policy. @defaultValue no retry */
  readonly retry?: number | FlowRetry | undefined;
  /** Longest running time of one attempt. @defaultValue unlimited */
  readonly timeout?: Duration | undefined;
  /** Longest time between the call and the begin of the first attempt. @defaultValue unlimited */
  readonly queueTimeout?: Duration | undefined;
  /** What is ready and of higher priority goes first. @defaultValue `0` */
  readonly priority?: number | undefined;
  /** Most calls of this function that run at a time, in the order in which they became ready. @defaultValue unlimited */
  readonly concurrency?: number | undefined;
  /** Cancels the call when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Label of the workflow that the call belongs to. @defaultValue that of the `workflowScope` around it */
  readonly workflowId?: string | undefined;
}

/** Options of tasks. `R` is the type of the value. */
export interface FlowTaskOptions<R = unknown> extends CallOptions<R> {
  /** Backend to run on. @defaultValue the first of the session that can run the task */
  readonly backend?: string | undefined;
  /** What the task takes. @defaultValue what the backend says for its kind */
  readonly resources?: TaskResources | undefined;
  /** Environment variables, merged over those of the backend's process. */
  readonly environment?: Readonly<Record<string, string | Secret>> | undefined;
  /** Directory to run in. @defaultValue the backend's own */
  readonly workingDirectory?: string | undefined;
  /** Takes the result of a task that was the same, from the session's journal, instead of running. @defaultValue always run */
  readonly cache?: true | CacheOptions | undefined;
  /** Options for particular kinds of backend. */
  readonly backendOptions?: TaskBackendOptions | undefined;
}

/** Options of programs. `R` is the type of the value. */
export interface ProgramOptions<R = unknown> extends FlowTaskOptions<R> {
  /**
   * Files that the program finds in its directory. A program with files runs in a directory of its own, below the session's, unless `workingDirectory` names
   * one; its backend has to see the file system of this process. Links lead to the files themselves, so a program that changes one changes it for all.
   * @defaultValue none
   */
  readonly inputs?: readonly InputFile[] | undefined;
  /** Files that the program leaves in its directory; `handle.file(name)` and `handle.path(name)` hand them on. @defaultValue none */
  readonly outputs?: readonly (OutputFile | string)[] | undefined;
}

/** Options of blocks. `R` is the type of the value. */
export interface BlockOptions<R = unknown> extends CallOptions<R> {
  /** What becomes of members that have not settled when the block fails or is cancelled. @defaultValue `"cancel"` */
  readonly onFailure?: "cancel" | "leave" | undefined;
}
