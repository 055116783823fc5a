import type { LauncherEvent } from "../launcher-event.ts";
import type { ResolvedRequest } from "../protocol/message.ts";

/** Starts programs and ends them; runs in the helper process. */
export interface Engine {
  /** Starts a program now, or when the system has descriptors and processes for it again. */
  start(request: ResolvedRequest): void;
  /**
   * Ends process trees: TERM, then KILL after `graceMs` (at once when 0). Unknown ids count as gone.
   * `done` is called once nothing of them is alive, after their exit was reported.
   */
  kill(ids: readonly number[], graceMs: number, done: () => void): void;
  /** Ends everything, refuses what comes after, and calls `done` once nothing is alive. A later call may shorten the grace. */
  close(graceMs: number, done: () => void): void;
}

/** What an engine needs to know from the host. */
export interface EngineSettings {
  readonly marker: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes news of a process. Never throws. */
  readonly report: (event: LauncherEvent) => void;
}
