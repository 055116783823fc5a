import type { CallMessage, EndMessage } from "./messages.ts";
import type { WorkerEnd } from "./worker-link.ts";

/** A call for a worker pool, and who hears of it. Of `ended`, `died` and `unsendable` one is called, once, unless the job is stopped before. */
export interface Job {
  /** The call, under the number that its worker gives it. */
  call(id: number): CallMessage;
  /** A worker has the call. */
  began(): void;
  ended(end: EndMessage): void;
  /** The worker that ran it is gone. */
  died(end: WorkerEnd): void;
  /** Its arguments cannot be copied. */
  unsendable(error: unknown): void;
}
