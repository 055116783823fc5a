import type { BackendHandle } from "../backend/backend.ts";
import type { Logger } from "../logging/logger.ts";

/** Closes the handle of an opening that was lost. Never rejects. */
export async function letGo(
  handle: BackendHandle | undefined,
  { backend, logger }: { readonly backend: string; readonly logger: Logger },
): Promise<void> {
  try {
    await handle?.close(0);
  } catch (error) {
    logger.error({ backend, error }, "closing the lost backend failed");
  }
}
