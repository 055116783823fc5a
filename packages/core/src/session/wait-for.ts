import { SessionError } from "../errors/session-error.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskResult } from "../task/task-result.ts";

/** How long to wait. */
export interface WaitOptions {
  /** Longest wait, in milliseconds. @defaultValue unlimited */
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
  { timeoutMs, signal }: WaitOptions,
): Promise<TaskResult[]> {
  signal?.throwIfAborted();
  const all = allSettled(records);
  if (timeoutMs === undefined && signal === undefined) return await all;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => reject(timeout(records, timeoutMs)), timeoutMs);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([all, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Resolves to all results once the last task has settled: one promise, however many tasks. */
async function allSettled(records: readonly TaskRecord[]): Promise<TaskResult[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = 0;
  const oneLess = (): void => {
    open -= 1;
    if (open === 0) resolve();
  };
  for (const record of records) {
    record.observed = true;
    if (record.result !== undefined) continue;
    open += 1;
    record.onSettled(oneLess);
  }
  if (open > 0) await promise;
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
