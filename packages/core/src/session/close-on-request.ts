import type { Logger } from "../logging/logger.ts";
import { onInterrupt } from "./interrupt.ts";
import type { SessionOptions } from "./session-options.ts";

/** What closing on request needs of the session. */
export interface ClosableSession {
  readonly logger: Logger;
  close(): Promise<void>;
  /** Tasks that have not settled. */
  unsettled(): number;
}

/**
 * Closes a session when its abort signal fires or the user presses Ctrl-C.
 *
 * @returns a function that stops listening.
 */
export function closeOnRequest(
  { signal, handleInterrupt = true }: SessionOptions,
  session: ClosableSession,
): () => void {
  const close = async (): Promise<void> => {
    // Whoever calls `close` is told; here nobody waits for it.
    await session.close().catch((error: unknown) => session.logger.error({ error }, "closing the session failed"));
  };
  const onAbort = (): void => void close();
  if (signal?.aborted === true) queueMicrotask(onAbort);
  else signal?.addEventListener("abort", onAbort, { once: true });
  const stopInterrupt = handleInterrupt
    ? onInterrupt({ close: () => interrupted(session, close), abandon: () => abandoned(session) })
    : undefined;
  return () => {
    signal?.removeEventListener("abort", onAbort);
    stopInterrupt?.();
  };
}

async function interrupted(session: ClosableSession, close: () => Promise<void>): Promise<void> {
  session.logger.warn(
    {},
    `interrupted: cancelling ${session.unsettled()} tasks and closing; Ctrl-C again leaves at once`,
  );
  await close();
}

function abandoned({ logger }: ClosableSession): void {
  logger.warn({}, "interrupted again: leaving at once");
}
