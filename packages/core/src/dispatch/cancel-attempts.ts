import type { BackendHandle, CancelOutcome } from "../backend/backend.ts";
import type { TaskAttempt } from "../backend/task-spec.ts";
import type { Logger } from "../logging/logger.ts";

/** What is to be cancelled, and where. */
export interface Cancellation {
  /** Absent while the backend is not open: then nothing of it is running. */
  readonly handle: BackendHandle | undefined;
  readonly attempts: readonly TaskAttempt[];
  readonly reason: string;
  readonly backend: string;
  readonly logger: Logger;
}

/** Has a backend stop attempts; one that cannot, or fails to, leaves them detached. Never rejects. */
export async function cancelAttempts({
  handle,
  attempts,
  reason,
  backend,
  logger,
}: Cancellation): Promise<readonly CancelOutcome[]> {
  if (handle === undefined) return attempts.map(() => "cancelled");
  if (handle.cancel === undefined) return attempts.map(() => "detached");
  if (attempts.length === 0) return [];
  try {
    const outcomes = await handle.cancel(attempts, reason);
    return attempts.map((_, index) => outcomes[index] ?? "detached");
  } catch (error) {
    logger.error({ backend, error }, `cancelling ${attempts.length} tasks failed; they may go on unobserved`);
    return attempts.map(() => "detached");
  }
}
