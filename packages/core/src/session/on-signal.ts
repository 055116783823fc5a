/** What a signal does to a session. */
export interface SignalActions {
  /** First time: close in order. Never rejects. Resolves to the exit code for the process, if not that of the signal. */
  close(): Promise<number | undefined>;
  /** Second time, while the first is under way and the process is about to end: say so. Returns the exit code as `close` does. */
  abandon(): number | undefined;
}

/**
 * Listens for a signal that ends a process: the first one closes the session in order, a second one ends the process at once.
 *
 * The last session to have closed ends the process: with the exit code that one of them gave, else by raising the signal again, so that it ends as if
 * nobody had listened (a shell sees "killed by SIGINT"). With listeners of the application's own, ending the process is theirs.
 *
 * @returns a function that stops listening.
 */
export function onSignal(signal: NodeJS.Signals, actions: SignalActions): () => void {
  const listening: Listening = { actions, closing: false };
  const watch = watchOf(signal);
  watch.sessions.add(listening);
  if (watch.sessions.size === 1) process.on(signal, watch.listener);
  return () => {
    // While the signal itself closes the session it must stay, for the second one.
    if (!listening.closing) leave(watch, listening);
  };
}

interface Listening {
  readonly actions: SignalActions;
  closing: boolean;
}

interface Watch {
  readonly signal: NodeJS.Signals;
  readonly sessions: Set<Listening>;
  /** One for all sessions: node warns of a leak at the eleventh listener of a signal. */
  readonly listener: () => void;
  /** The first that a closed session gave. */
  exitCode: number | undefined;
}

const key = Symbol.for("@rhapsody/core:signals");

/** For all installed copies of this package: the sessions of one are not to take the listener of another for the application's. */
function watchOf(signal: NodeJS.Signals): Watch {
  // The key is ours alone, so what is found under it is what was put there below.
  const place = globalThis as { [key]?: Map<NodeJS.Signals, Watch> };
  const watches = (place[key] ??= new Map());
  const known = watches.get(signal);
  if (known !== undefined) return known;
  const watch: Watch = { signal, sessions: new Set(), listener: () => signalled(watch), exitCode: undefined };
  watches.set(signal, watch);
  return watch;
}

function signalled(watch: Watch): void {
  const sessions = [...watch.sessions];
  const again = sessions.filter(({ closing }) => closing);
  for (const listening of sessions) if (!listening.closing) void closeFirst(watch, listening);
  if (again.length === 0 || isHostListening(watch)) return;
  for (const { actions } of again) watch.exitCode ??= actions.abandon();
  end(watch);
}

async function closeFirst(watch: Watch, listening: Listening): Promise<void> {
  listening.closing = true;
  const exitCode = await listening.actions.close();
  watch.exitCode ??= exitCode;
  leave(watch, listening);
  // The last session to have closed ends the process.
  if (watch.sessions.size === 0) end(watch);
}

function leave({ signal, sessions, listener }: Watch, listening: Listening): void {
  sessions.delete(listening);
  if (sessions.size === 0) process.off(signal, listener);
}

function isHostListening({ signal, listener }: Watch): boolean {
  return process.listeners(signal).some((other) => other !== listener);
}

function end(watch: Watch): void {
  const { signal, listener, exitCode } = watch;
  watch.exitCode = undefined;
  if (isHostListening(watch)) {
    process.exitCode ??= exitCode;
    return;
  }
  // From here on one more ends the process whatever it is doing.
  process.off(signal, listener);
  if (exitCode === undefined) process.kill(process.pid, signal);
  else process.exit(exitCode);
}
