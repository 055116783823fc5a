import type { RetryPolicy } from "../task/retry-policy.ts";

/** Longest pause unless the policy says otherwise, in milliseconds. */
const DEFAULT_MAX_DELAY_MS = 60_000;

/**
 * The pause before the next attempt, in milliseconds: `delayMs · factor^(failed − 1)`, at most `maxDelayMs`, of which the share `jitter` is drawn at random.
 *
 * @param failed - Attempts that have failed so far, at least 1.
 * @param random - Source of numbers in [0, 1).
 */
export function retryDelayMs(policy: RetryPolicy, failed: number, random: () => number = Math.random): number {
  const { delayMs = 0, factor = 2, maxDelayMs = DEFAULT_MAX_DELAY_MS, jitter = 0 } = policy;
  // Without a first pause there is none to grow; besides, 0 times the infinity that `factor` reaches is no number.
  const pause = delayMs === 0 ? 0 : Math.min(delayMs * factor ** (failed - 1), maxDelayMs);
  return pause * (1 - jitter * random());
}
