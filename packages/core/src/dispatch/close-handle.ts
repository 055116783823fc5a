import type { BackendHandle } from "../backend/backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import type { Logger } from "../logging/logger.ts";
import { within } from "../timing/within.ts";

/** Time for a backend to clear up after the grace of its tasks, in milliseconds; then the session goes on without it. */
const CLOSE_MARGIN_MS = 60_000;

/**
 * Closes a handle.
 *
 * @throws {@link BackendError} `BACKEND_UNAVAILABLE` when it does not finish; whatever closing throws.
 */
export async function closeInTime(
  handle: BackendHandle,
  { backend, graceMs }: { readonly backend: string; readonly graceMs: number },
): Promise<void> {
  const limitMs = graceMs + CLOSE_MARGIN_MS;
  if ((await within(handle.close(graceMs), limitMs)) !== "late") return;
  const message = `did not finish closing within ${limitMs} ms; look for what it may have left running`;
  throw new BackendError("BACKEND_UNAVAILABLE", { backend, message });
}

/** Closes the handle of an opening that was lost. Never rejects. */
export async function letGo(
  handle: BackendHandle | undefined,
  { backend, logger }: { readonly backend: string; readonly logger: Logger },
): Promise<void> {
  try {
    if (handle !== undefined) await closeInTime(handle, { backend, graceMs: 0 });
  } catch (error) {
    logger.error({ backend, error }, "closing the lost backend failed");
  }
}
