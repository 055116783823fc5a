import type { BackendLane } from "../dispatch/backend-lane.ts";

/** Attempts handed over before timers, sockets and signals get a turn. */
const ATTEMPTS_PER_TURN = 4096;

/**
 * Lets lanes hand over what is ready, soon and in batches: all that becomes ready in one go is handed over in one go, in the same
 * turn of the event loop, unless {@link ATTEMPTS_PER_TURN} have gone since the last turn that was given for certain.
 */
export class Pump {
  #woken: BackendLane[] = [];
  #scheduled = false;
  #sinceTurn = 0;

  wake(lane: BackendLane): void {
    if (!this.#woken.includes(lane)) this.#woken.push(lane);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#sinceTurn < ATTEMPTS_PER_TURN) queueMicrotask(this.#run);
    else setImmediate(this.#runInNewTurn);
  }

  readonly #runInNewTurn = (): void => {
    this.#sinceTurn = 0;
    this.#run();
  };

  readonly #run = (): void => {
    this.#scheduled = false;
    const woken = this.#woken;
    this.#woken = [];
    // A lane is woken again once its backend has taken the batch.
    for (const lane of woken) this.#sinceTurn += lane.pump();
  };
}
