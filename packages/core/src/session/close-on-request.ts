import type { Logger } from "../logging/logger.ts";
import { howToResume, type CloseOptions } from "./closing.ts";
import { onSignal, type SignalActions } from "./on-signal.ts";
import type { SessionOptions } from "./session-options.ts";
import { EXIT_RESUMABLE, type SignalHandling } from "./signal-handling.ts";

/** What closing on request needs of the session. */
export interface ClosableSession {
  readonly logger: Logger;
  close(how?: CloseOptions): Promise<void>;
  /** Tasks that have not settled. */
  unsettled(): number;
  /** Location of the journal, when it has tasks that a resume would run. */
  resumable(): string | undefined;
}

/**
 * Closes a session when its abort signal fires, the user presses Ctrl-C, or a signal comes that it was told to handle.
 *
 * @returns a function that stops listening.
 */
export function closeOnRequest(options: SessionOptions, session: ClosableSession): () => void {
  const { signal, handleInterrupt = true, handleSignals = false } = options;
  const handling = handleSignals === true ? {} : handleSignals;
  const signals = handling === false ? [] : (handling.signals ?? ["SIGTERM"]);
  const stops = signals.map((name) => onSignal(name, checkpointing(session, { name, ...handling })));
  if (handleInterrupt && !signals.includes("SIGINT")) stops.push(onSignal("SIGINT", cancelling(session)));
  stops.push(onAbort(signal, () => void close(session)));
  return () => stops.forEach((stop) => stop());
}

function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal?.aborted === true) queueMicrotask(abort);
  else signal?.addEventListener("abort", abort, { once: true });
  return () => signal?.removeEventListener("abort", abort);
}

/** What Ctrl-C does. */
function cancelling(session: ClosableSession): SignalActions {
  const { logger } = session;
  return {
    close: async () => {
      const journal = session.resumable();
      const resume = journal === undefined ? "" : `; ${howToResume(journal)}`;
      logger.warn(
        {},
        `interrupted: cancelling ${session.unsettled()} tasks and closing; Ctrl-C again leaves at once${resume}`,
      );
      await close(session);
      return undefined;
    },
    abandon: () => {
      logger.warn({}, "interrupted again: leaving at once");
      return undefined;
    },
  };
}

interface NamedHandling extends SignalHandling {
  readonly name: string;
}

/** What a signal does by which the process is told that its time is up. */
function checkpointing(session: ClosableSession, handling: NamedHandling): SignalActions {
  const { name, deadlineMs, graceMs, exitCode = EXIT_RESUMABLE } = handling;
  const { logger } = session;
  const ending = (): number | undefined => (session.resumable() === undefined ? undefined : exitCode);
  return {
    close: async () => {
      logger.warn(
        {},
        `${name}: closing with ${session.unsettled()} unfinished tasks; ${whatOfThem(session)}${name} again leaves at once`,
      );
      await close(session, { mode: "checkpoint", deadlineMs, graceMs });
      return ending();
    },
    abandon: () => {
      logger.warn({}, `${name} again: leaving at once`);
      return ending();
    },
  };
}

/** What becomes of unfinished tasks, if there are any. */
function whatOfThem(session: ClosableSession): string {
  const journal = session.resumable();
  if (journal !== undefined) return `${howToResume(journal)}; `;
  return session.unsettled() === 0 ? "" : "without a journal they are lost; ";
}

/** Whoever calls `close` of a session is told what went wrong; here nobody waits for it. */
async function close(session: ClosableSession, how?: CloseOptions): Promise<void> {
  await session.close(how).catch((error: unknown) => session.logger.error({ error }, "closing the session failed"));
}
