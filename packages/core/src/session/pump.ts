import type { BackendLane } from "../dispatch/backend-lane.ts";

/** Attempts handed over before timers, sockets and signals get a turn. */
const ATTEMPTS_PER_TURN = 4096;

/**
 * Lets lanes hand over what is ready, soon and in batches: all that becomes ready in one go is handed over in one go, in the same
 * turn of the event loop unless that turn has become long.
 */
export class Pump {
  readonly #lanes = new Set<BackendLane>();
  #scheduled = false;
  #thisTurn = 0;
  #turnEnds = false;

  wake(lane: BackendLane): void {
    this.#lanes.add(lane);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#thisTurn < ATTEMPTS_PER_TURN) queueMicrotask(() => this.#run());
    else setImmediate(() => this.#run());
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    setImmediate(() => {
      this.#thisTurn = 0;
      this.#turnEnds = false;
    });
  }

  #run(): void {
    this.#scheduled = false;
    const lanes = [...this.#lanes];
    this.#lanes.clear();
    // A lane is woken again once its backend has taken the batch.
    for (const lane of lanes) this.#thisTurn += lane.pump();
  }
}
