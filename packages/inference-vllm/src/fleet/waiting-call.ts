import type { Call } from "./call.ts";
import type { Placement } from "./choose-replica.ts";
import type { Beginnings } from "./prefix-index.ts";
import type { Replica } from "./replica.ts";

/** Who is told of what becomes of a call that waits. */
export interface WaitingFor {
  readonly go: (replica: Replica) => void;
  readonly fail: (error: unknown) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal | undefined;
  /** Called first, when it went or failed. */
  readonly onLeave: (waiting: WaitingCall) => void;
}

/** A call that waits for room. */
export class WaitingCall implements Placement {
  readonly call: Call;
  readonly beginnings: Beginnings;
  readonly failed: ReadonlySet<string>;
  /** Calls of one owner that the same servers can take go in order, whatever others wait for. */
  readonly owner: string;
  readonly #for: WaitingFor;

  constructor({ call, beginnings, failed }: Placement, waitingFor: WaitingFor) {
    this.call = call;
    this.beginnings = beginnings;
    this.failed = failed;
    this.owner = JSON.stringify([call.owner, call.body["model"], ...failed]);
    this.#for = waitingFor;
    waitingFor.signal?.addEventListener("abort", this, { once: true });
  }

  go(replica: Replica): void {
    this.#leave();
    this.#for.go(replica);
  }

  fail(error: unknown): void {
    this.#leave();
    this.#for.fail(error);
  }

  /** The signal was aborted. */
  handleEvent(): void {
    this.fail(this.#for.signal?.reason);
  }

  #leave(): void {
    this.#for.signal?.removeEventListener("abort", this);
    this.#for.onLeave(this);
  }
}
