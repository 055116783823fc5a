import type { Reply } from "./call.ts";

/** How often a call that failed on its way is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** The longest pause after the first try, in milliseconds; each next one is up to twice as long. */
  readonly minDelayMs: number;
  /** The longest pause of all, in milliseconds. */
  readonly maxDelayMs: number;
}

/** Pause before the next try, in milliseconds: at random between half and all of a length that doubles with each failure. */
export function pauseMs(policy: Omit<RetryPolicy, "attempts">, failures: number): number {
  const longest = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}

// No byte of the request left.
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);
// The request may have been done.
const BROKEN_OFF = new Set([
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** Whether a connection that failed with this code is worth another try. */
export function isTransient(errorCode: string | undefined, repeatable: boolean): boolean {
  if (errorCode === undefined) return false;
  return NOT_SENT.has(errorCode) || (repeatable && BROKEN_OFF.has(errorCode));
}

const PASSING = new Set([502, 503, 504]);

/** Whether a reply of this status is worth another try. A request that was refused with 429 was not done. */
export function isPassing(status: number, repeatable: boolean): boolean {
  return status === 429 || (repeatable && PASSING.has(status));
}

/** For so long after the first such reply the gateway's proxy may not have learnt its routes yet; measured: 0.5 s after a start. */
export const ROUTES_GRACE_MS = 2_000;

/** Whether the reply is that of a proxy that does not know the gateway's API yet; it did nothing. */
export function isWithoutRoutes({ status, contentType }: Reply): boolean {
  return status === 404 && contentType === "text/plain";
}

/** The pause that a reply asks for, in milliseconds; `0` when it asks for none in seconds. */
export function retryAfterMs({ retryAfter }: Reply): number {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : 0;
}
