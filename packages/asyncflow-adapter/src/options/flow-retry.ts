import type { RetryPolicy, TaskExecutionError } from "@rhapsody/core";
import { toMs, type Duration } from "./duration.ts";

/** When and how a failed task is tried again. */
export interface FlowRetry {
  /** Most attempts in all, the first one included; at least 1. */
  readonly attempts: number;
  /** Pause before the second attempt. @defaultValue `0` */
  readonly delay?: Duration | undefined;
  /** What the pause is multiplied with each further time; at least 1. @defaultValue `2` */
  readonly factor?: number | undefined;
  /** Longest pause. @defaultValue one minute */
  readonly maxDelay?: Duration | undefined;
  /** Share of the pause drawn at random, 0 to 1. @defaultValue `0` */
  readonly jitter?: number | undefined;
  /** Says whether to try again after this: what the function threw, or the session's error for other work. @defaultValue always */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
}

/** The session's policy of a call's. */
export function toRetryPolicy(retry: number | FlowRetry | undefined): RetryPolicy | undefined {
  if (retry === undefined) return undefined;
  if (typeof retry === "number") return { attempts: retry };
  const { attempts, delay, factor, maxDelay, jitter, retryIf } = retry;
  return {
    attempts,
    delayMs: toMs("retry.delay", delay),
    factor,
    maxDelayMs: toMs("retry.maxDelay", maxDelay),
    jitter,
    ...(retryIf !== undefined && { retryIf: (error: TaskExecutionError) => retryIf(thrownBy(error)) }),
  };
}

/** What a failed attempt threw; the session's error when it threw nothing. */
export function thrownBy(error: TaskExecutionError): unknown {
  return error.code === "TASK_FUNCTION_THREW" && error.cause !== undefined ? error.cause : error;
}
