import { setTimeout as pause } from "node:timers/promises";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { Deadline } from "../http/deadline.ts";
import { pauseMs } from "../http/retry-policy.ts";

/** How long to wait. */
export interface WaitOptions {
  /** In milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A wait for a cluster to get somewhere. */
export interface ClusterWait<T> {
  readonly cluster: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Looks once; `undefined`: not yet. */
  readonly look: (signal: AbortSignal) => Promise<T | undefined>;
  /** Whether a failed look may be followed by another. */
  readonly mayPass: (error: DaskGatewayError) => boolean;
  /** The longest pause between two looks, in milliseconds. */
  readonly maxPauseMs: number;
  /** What is said when time is up; the last failure, if it was one, is added. */
  readonly timeoutMessage: string;
}

/** Looks until there is something. What fails on its way is tried again until the deadline. */
export async function waitFor<T>(wait: ClusterWait<T>): Promise<T> {
  const { cluster, timeoutMs, timeoutMessage } = wait;
  const pace = { minDelayMs: 100, maxDelayMs: wait.maxPauseMs };
  let failure: DaskGatewayError | undefined;
  const deadline = new Deadline(
    timeoutMs,
    wait.signal,
    () =>
      new DaskGatewayError(
        "GATEWAY_TIMEOUT",
        failure ? `${timeoutMessage} The last look failed: ${failure.message}` : timeoutMessage,
        {
          cluster,
          cause: failure,
          retryable: true,
        },
      ),
  );
  try {
    for (let looks = 1; ; looks += 1) {
      deadline.signal.throwIfAborted();
      try {
        const found = await wait.look(deadline.signal);
        if (found !== undefined) return found;
        failure = undefined;
      } catch (error) {
        deadline.signal.throwIfAborted();
        if (!DaskGatewayError.isInstance(error) || !wait.mayPass(error)) throw error;
        failure = error;
      }
      await pause(pauseMs(pace, looks), undefined, { signal: deadline.signal }).catch(() =>
        deadline.signal.throwIfAborted(),
      );
    }
  } finally {
    deadline.clear();
  }
}
