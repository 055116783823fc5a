import type { ReplicaAddress } from "../fleet/call.ts";

/** Servers of our own: started, watched, restarted, ended. */
export interface Launcher {
  /**
   * Starts all replicas; resolves when the first is ready, which may be minutes after that for the others.
   *
   * @throws `BackendError` `BACKEND_UNAVAILABLE` with the end of the server's log when none becomes ready. Nothing is left running.
   */
  start(listener: LaunchListener, signal: AbortSignal): Promise<void>;
  /** Ends every server with its whole process tree. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Who hears of servers. */
export interface LaunchListener {
  /** A server is ready, for the first time or again. */
  ready(replica: ReplicaAddress): void;
  /** A server has ended or hangs; it will be started again unless `lost` follows. */
  down(name: string, why: string): void;
  /** No server is left and none will be started again. */
  lost(error: Error): void;
  /** What happens meanwhile, for people: "loading weights", "replica 1 of 2 is ready after 36 s". */
  progress(text: string): void;
}
