import type { EngineFacts } from "../backend/engine-facts.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import type { BackendError } from "../errors/backend-error.ts";
import type { FailoverSettings } from "../failover/failover-policy.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import type { BackendLane } from "./backend-lane.ts";
import type { Shortfall } from "./demand.ts";

/** What a lane needs of its session, and what it tells the next station. */
export interface LaneSink {
  readonly sessionUid: string;
  readonly logger: Logger;
  /** Variables for every task. */
  readonly environment: Readonly<Record<string, string>>;
  readonly failover: FailoverSettings;
  /** The session's directory, made on first use. */
  workDir(): Promise<string>;

  /** An attempt is being handed over. */
  handedOver(record: TaskRecord): void;
  /** An attempt could not be built: a value does not fit where it is to go. */
  unbuildable(record: TaskRecord, cause: unknown): void;
  /** News of accepted attempts, or of none: there may be room for more. */
  updates(lane: BackendLane, updates: readonly TaskUpdate[]): void;
  /** A batch was refused whole. */
  refused(lane: BackendLane, records: readonly TaskRecord[], error: BackendError): void;
  /** Waiting tasks that the backend, now that it is known, has too little for. */
  neverFit(lane: BackendLane, misfits: readonly Misfit[]): void;
  /** The backend could not be opened, or died too often: nothing that waits for it can run there now. */
  unavailable(lane: BackendLane, waiting: readonly TaskRecord[], error: BackendError): void;
  /** The backend died or could not be opened, and will be opened again. */
  delayed(lane: BackendLane): void;
  /** The backend died with these attempts in flight. What becomes of those that wait is told right after it. */
  lost(lane: BackendLane, inFlight: readonly TaskRecord[], error: BackendError): void;
  /** The engine told how it is doing. */
  observed(lane: BackendLane, facts: EngineFacts): void;
  /** The backend opened or closed, could not open, or died. */
  status(lane: BackendLane, status: BackendStatus, error?: BackendError): void;
}

/** A task and what it asks too much of. */
export interface Misfit {
  readonly record: TaskRecord;
  readonly shortfalls: readonly Shortfall[];
}

/** Life of a backend within a session. */
export type BackendStatus = "opening" | "open" | "unavailable" | "lost" | "closed";
