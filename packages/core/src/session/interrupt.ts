/** What a Ctrl-C does to a session. */
export interface InterruptActions {
  /** First time: close in order. Never rejects. */
  close(): Promise<void>;
  /** Second time, while the first is under way and the process is about to end: say so. */
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
  const listening: Listening = { actions, closing: false };
  const { sessions } = shared();
  sessions.add(listening);
  if (sessions.size === 1) process.on("SIGINT", shared().listener);
  return () => {
    // While the interrupt itself closes the session it must stay, for the second Ctrl-C.
    if (!listening.closing) leave(listening);
  };
}

interface Listening {
  readonly actions: InterruptActions;
  closing: boolean;
}

interface Shared {
  readonly sessions: Set<Listening>;
  /** One for all sessions: node warns of a leak at the eleventh listener of a signal. */
  readonly listener: () => void;
}

const key = Symbol.for("@rhapsody/core:interrupts");

/** For all installed copies of this package: the sessions of one are not to take the listener of another for the application's. */
function shared(): Shared {
  // The key is ours alone, so what is found under it is what was put there below.
  const place = globalThis as { [key]?: Shared };
  return (place[key] ??= { sessions: new Set(), listener: interrupted });
}

function interrupted(): void {
  const sessions = [...shared().sessions];
  const again = sessions.filter(({ closing }) => closing);
  for (const listening of sessions) if (!listening.closing) void closeFirst(listening);
  if (again.length === 0 || isHostListening()) return;
  for (const { actions } of again) actions.abandon();
  raise();
}

async function closeFirst(listening: Listening): Promise<void> {
  listening.closing = true;
  await listening.actions.close();
  leave(listening);
  // The last session to have closed ends the process.
  if (shared().sessions.size === 0 && !isHostListening()) raise();
}

function leave(listening: Listening): void {
  const { sessions, listener } = shared();
  sessions.delete(listening);
  if (sessions.size === 0) process.off("SIGINT", listener);
}

function isHostListening(): boolean {
  return process.listeners("SIGINT").some((listener) => listener !== shared().listener);
}

function raise(): void {
  process.off("SIGINT", shared().listener);
  process.kill(process.pid, "SIGINT");
}
