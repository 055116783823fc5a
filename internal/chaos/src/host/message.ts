import type { TaskState } from "@rhapsody/core";
import type { Form } from "../graph/graph.ts";

/** What a host tells whoever watches it. Written in one step, so that what was told before a kill arrives. */
export type Message =
  /** It is about to open the session. `descriptors`: what it has open, counted by kind. */
  | { readonly type: "opening"; readonly descriptors: Descriptors }
  /** The session is open; with what it found when it was resumed. */
  | { readonly type: "opened"; readonly resumed?: Resumed }
  /** A batch was acknowledged. */
  | { readonly type: "accepted"; readonly uids: readonly string[] }
  /** A callback was called. `ledgerBytes`: size of the ledger at that moment. */
  | { readonly type: "state"; readonly uid: string; readonly state: TaskState; readonly ledgerBytes: number }
  /** There is no room in the journal. */
  | { readonly type: "stalled" }
  /** All tasks have settled, so. */
  | { readonly type: "settled"; readonly outcomes: readonly Outcome[] }
  | { readonly type: "closed"; readonly descriptors: Descriptors }
  /** Something threw that may not. */
  | { readonly type: "broken"; readonly error: string };

export type Descriptors = Readonly<Record<string, number>>;

export interface Resumed {
  readonly done: number;
  readonly unfinished: readonly string[];
  readonly dropped: readonly string[];
}

/** How a task ended. */
export interface Outcome {
  readonly uid: string;
  readonly state: TaskState;
  readonly value?: number;
  readonly form?: Form;
  readonly code?: string;
  readonly error?: string;
}

/** What a host is told, as lines on its standard input: to let its clock jump by so many milliseconds. */
export interface Command {
  readonly jumpMs: number;
}
