import type { EngineFacts } from "../backend/engine-facts.ts";
import type { BackendStatus } from "../dispatch/lane-sink.ts";
import type { JournalStatus } from "../journal/logbook.ts";
import type { TaskState } from "../task/task-state.ts";

/** Something that happened in a session. Times are Unix milliseconds. */
export type SessionEvent =
  | TaskEvent
  | OutputEvent
  | BackendEvent
  | EngineEvent
  | MovedEvent
  | JournalEvent
  | DroppedEvents;

/** A task reached a state. */
export interface TaskEvent {
  readonly type: "task";
  readonly at: number;
  readonly uid: string;
  readonly name: string;
  readonly state: TaskState;
  /** Attempts handed to a backend so far. */
  readonly attempt: number;
  /** Name of the backend; absent before the task is routed. */
  readonly backend?: string;
  /** Why the task is not `DONE`, or why it is tried again. */
  readonly error?: Error;
}

/** A running task wrote something, on a backend that tells before the task ends. */
export interface OutputEvent {
  readonly type: "output";
  readonly at: number;
  readonly uid: string;
  readonly attempt: number;
  readonly stream: "stdout" | "stderr" | "response";
  /** Which prompt of several, from 0. */
  readonly index: number;
  readonly text: string;
}

/** A backend opened, closed, could not be opened or died. */
export interface BackendEvent {
  readonly type: "backend";
  readonly at: number;
  readonly backend: string;
  readonly status: BackendStatus;
  readonly error?: Error;
}

/** The engine behind a backend told how it is doing. */
export interface EngineEvent {
  readonly type: "engine";
  readonly at: number;
  readonly backend: string;
  readonly facts: EngineFacts;
}

/** Tasks that wait went to another backend, because theirs died or could not be opened. */
export interface MovedEvent {
  readonly type: "moved";
  readonly at: number;
  /** Names of the backends. */
  readonly from: string;
  readonly to: string;
  /** How many tasks. */
  readonly count: number;
}

/** The journal opened, has no room to write (`stalled`: nothing is handed over until it has), or failed for good. */
export interface JournalEvent {
  readonly type: "journal";
  readonly at: number;
  readonly status: JournalStatus;
  readonly error?: Error;
}

/** The reader was too slow: this many events before the next one are missing. */
export interface DroppedEvents {
  readonly type: "dropped";
  readonly at: number;
  readonly count: number;
}
