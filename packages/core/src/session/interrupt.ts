/** What a Ctrl-C does to a session. */
export interface InterruptActions {
  /** First time: close in order. */
  close(): Promise<void>;
  /** Second time, while the first is under way: say so, once. */
  abandon(): void;
}

/**
 * Listens for `SIGINT`: the first one closes the session in order, a second one ends the process at once.
 *
 * With no other listener the signal is raised again after the close, so that the process ends as if nobody had listened (a shell sees
 * "killed by SIGINT"). With listeners of the application's own, ending the process is theirs.
 *
 * @returns a function that stops listening.
 */
export function onInterrupt(actions: InterruptActions): () => void {
  let closing = false;
  const stop = (): void => {
    process.off("SIGINT", listener);
    listeners.delete(listener);
  };
  const listener = (): void => {
    if (closing) {
      actions.abandon();
      raiseAgain(true);
      return;
    }
    closing = true;
    void actions.close().finally(() => {
      stop();
      raiseAgain(false);
    });
  };
  listeners.add(listener);
  process.on("SIGINT", listener);
  return () => {
    // While the interrupt itself closes the session the listener must stay, for the second Ctrl-C.
    if (!closing) stop();
  };
}

/** The listeners of all sessions of this process: the last one to have closed raises the signal again. */
const listeners = new Set<() => void>();

function raiseAgain(atOnce: boolean): void {
  const others = process.listeners("SIGINT").filter((listener) => !listeners.has(listener as () => void));
  if (others.length > 0 || (listeners.size > 0 && !atOnce)) return;
  for (const listener of listeners) process.off("SIGINT", listener);
  process.kill(process.pid, "SIGINT");
}
