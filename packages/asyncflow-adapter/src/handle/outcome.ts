import type { FlowError } from "../errors/flow-error.ts";

/** How a handle ended. */
export type FlowOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** What awaiting the handle rejects with. */
      readonly error: FlowError;
      readonly state: "FAILED" | "CANCELLED";
    };
