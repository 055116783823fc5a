import { SessionError } from "../errors/session-error.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskResult } from "../task/task-result.ts";
import { MAX_TIMEOUT_MS } from "../timing/deadlines.ts";

/** How long to wait. */
export interface WaitOptions {
  /** Longest wait, in milliseconds; one of more than 24 days is unlimited. @defaultValue unlimited */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait when aborted; the tasks go on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until all records have settled, in whatever state.
 *
 * @throws {@link SessionError} `WAIT_TIMEOUT` when the time is up, or the signal's reason when it is aborted; the tasks go on either way.
 */
export async function waitFor(
  records: readonly TaskRecord[],
  { timeoutMs = Infinity, signal }: WaitOptions,
): Promise<TaskResult[]> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const open = records.filter((record) => record.result === undefined);
  let left = open.length;
  const oneLess = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  for (const record of records) record.observed = true;
  for (const record of open) record.onSettled(oneLess);
  if (left === 0) resolve();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  const limited = timeoutMs <= MAX_TIMEOUT_MS;
  const timer = limited ? setTimeout(() => reject(timeout(records, timeoutMs)), timeoutMs) : undefined;
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    if (left > 0) for (const record of open) record.offSettled(oneLess);
  }
  return records.flatMap((record) => record.result ?? []);
}

/** Most uids that a message names. */
const MAX_NAMED = 5;

function timeout(records: readonly TaskRecord[], timeoutMs: number): SessionError {
  const open = records.filter((record) => !record.settled);
  const named = open.slice(0, MAX_NAMED).map(({ uid, state }) => `${uid} is ${state}`);
  const more = open.length > MAX_NAMED ? `, and ${open.length - MAX_NAMED} more` : "";
  return new SessionError(
    "WAIT_TIMEOUT",
    `[session] ${records.length - open.length} of ${records.length} tasks settled within ${timeoutMs} ms; they go on: ${named.join(", ")}${more}`,
  );
}
