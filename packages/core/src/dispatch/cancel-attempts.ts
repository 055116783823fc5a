import type { BackendHandle, CancelOutcome } from "../backend/backend.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";

/** What is to be cancelled, and where. */
export interface Cancellation {
  /** Absent while the backend is not open: then nothing of it is running. */
  readonly handle: BackendHandle | undefined;
  /** Records whose present attempts are in flight. */
  readonly records: readonly TaskRecord[];
  readonly epoch: number;
  readonly reason: string;
  readonly backend: string;
  readonly logger: Logger;
}

/** What became of each attempt. */
export type CancelOutcomes = ReadonlyMap<TaskRecord, CancelOutcome>;

/** Has a backend stop attempts; one that cannot, or fails to, leaves them detached. Never rejects. */
export async function cancelAttempts({ records, ...cancellation }: Cancellation): Promise<CancelOutcomes> {
  const { handle, epoch, reason, backend, logger } = cancellation;
  const all = (outcome: CancelOutcome): CancelOutcomes => new Map(records.map((record) => [record, outcome]));
  if (handle === undefined || records.length === 0) return all("cancelled");
  if (handle.cancel === undefined) return all("detached");
  try {
    const attempts = records.map(({ uid, attempt }) => ({ uid, attempt, epoch }));
    const outcomes = await handle.cancel(attempts, reason);
    return new Map(records.map((record, index) => [record, outcomes[index] ?? "detached"]));
  } catch (error) {
    logger.error({ backend, error }, `cancelling ${records.length} tasks failed; they may go on unobserved`);
    return all("detached");
  }
}
