import type { TaskState } from "@rhapsody/core";
import type { FlowError } from "../errors/flow-error.ts";
import type { FlowKind } from "../node/flow-node.ts";

/** A call was made (`NEW`) or reached a state. Every call has exactly one last event, whatever became of it: `DONE`, `FAILED` or `CANCELLED`. */
export interface FlowEvent {
  /** Unix milliseconds. */
  readonly at: number;
  readonly uid: string;
  readonly name: string;
  readonly kind: FlowKind;
  readonly state: TaskState;
  /** Name of the backend that does the work; absent before that is known. */
  readonly backend?: string;
  /** Label of the workflow that the call belongs to. */
  readonly workflowId?: string;
  /** Uid of the block that the call was made in. */
  readonly block?: string;
  /** Why the call is not `DONE`. */
  readonly error?: FlowError;
  /** How many events before this one were dropped, because the reader was too slow. */
  readonly dropped?: number;
}
