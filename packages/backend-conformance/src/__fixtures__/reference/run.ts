import type { CancelOutcome, TaskFailure, TaskFailureCode, TaskOutcome } from "@rhapsody/core";

/** An attempt under way. */
export interface Run {
  /** Never rejects. */
  readonly ended: Promise<Ended>;
  /** Stops the work, at once with 0; resolves when it is gone or let go of. */
  stop(graceMs: number): Promise<CancelOutcome>;
}

/** How an attempt ended. */
export type Ended = TaskOutcome &
  ({ readonly state: "DONE" } | { readonly state: "FAILED"; readonly failure: TaskFailure });

export function failed(code: TaskFailureCode, message: string, outcome: TaskOutcome & { cause?: unknown } = {}): Ended {
  const { cause, ...rest } = outcome;
  return { ...rest, state: "FAILED", failure: { code, message, ...(cause !== undefined && { cause }) } };
}

export function threw(cause: unknown): Ended {
  return failed("TASK_FUNCTION_THREW", `the function threw ${String(cause)}`, { cause });
}

/** Resolves with `true` when the promise settles within the time. */
export async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), timeoutMs);
  try {
    return await Promise.race([promise.then(() => true as const), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
