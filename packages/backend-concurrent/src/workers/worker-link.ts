import type { HostMessage, WorkerMessage } from "./messages.ts";

/** How a worker ended. */
export interface WorkerEnd {
  /** In words, to follow "the worker". */
  readonly how: string;
  /** What it died of, when that is known. */
  readonly cause?: unknown;
  /** The last of what it printed, when that is known. */
  readonly stderr?: string;
}

/** Hears of one worker. */
export interface WorkerListener {
  message(message: WorkerMessage): void;
  /** The worker is gone; comes once, after its last message. */
  ended(end: WorkerEnd): void;
}

/** The host's end of one worker, a thread or a process. */
export interface WorkerLink {
  /** @throws DataCloneError when the message cannot be copied; nothing was sent then. */
  send(message: HostMessage): void;
  /** Ends the worker; resolves to false when it could not be ended in time and was left alone. */
  end(graceMs: number): Promise<boolean>;
  /** Whether the worker keeps this process alive. */
  hold(held: boolean): void;
}

/** Starts a worker that tells its listener once it is ready. */
export type StartWorker = (listener: WorkerListener) => WorkerLink;
