import type { TaskAttempt, TaskSpec, TaskUpdate } from "@rhapsody/core";
import { decodeValue } from "../values/decode-value.ts";
import { toCause } from "./to-cause.ts";

/** How an outcome that came from Python becomes an update. */
export interface ToUpdate {
  readonly spec: TaskSpec;
  readonly toReturnValue: ((value: unknown, spec: TaskSpec) => unknown) | undefined;
}

/** States of outcomes, which are those of updates. */
const STATES: ReadonlySet<unknown> = new Set(["RUNNING", "OUTPUT", "DONE", "FAILED", "CANCELED", "LOST"]);

/** The update that an encoded outcome tells of; a failure of the task when it cannot be read. Never throws. */
export function toUpdate(encoded: Uint8Array, { spec, toReturnValue }: ToUpdate): TaskUpdate {
  const { uid, attempt, epoch } = spec;
  const id: TaskAttempt = { uid, attempt, epoch };
  try {
    const outcome = decodeValue(encoded);
    if (!isRecord(outcome) || !STATES.has(outcome["state"]))
      throw new TypeError("the engine reported what is no outcome");
    const { failure, ...rest } = outcome;
    const update: Record<string, unknown> = { ...rest, ...id };
    if (failure !== undefined && failure !== null) update["failure"] = toFailure(failure);
    if (toReturnValue !== undefined && "returnValue" in update) {
      update["returnValue"] = toReturnValue(update["returnValue"], spec);
    }
    // Only the bridge's own Python writes these, in the form of the contract.
    return update as unknown as TaskUpdate;
  } catch (cause) {
    const message = `what the task returned cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { ...id, state: "FAILED", failure: { code: "TASK_NOT_SERIALIZABLE", message, cause } };
  }
}

function toFailure(failure: unknown): unknown {
  return isRecord(failure) && "cause" in failure ? { ...failure, cause: toCause(failure["cause"]) } : failure;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
