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
  #held = false;
  #stopped: Stopped | undefined;

  /** Stops handing over, or goes on with it. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#woken.length > 0) this.#schedule();
  }

  /** Stops handing over for good, and resolves when nothing is in flight on these lanes, which are all there are. */
  async stop(lanes: readonly BackendLane[]): Promise<void> {
    this.#stopped ??= { lanes, quiet: Promise.withResolvers() };
    this.#lookForQuiet(this.#stopped);
    await this.#stopped.quiet.promise;
  }

  /** There is something to hand over, or room for it. */
  wake(lane: BackendLane): void {
    if (this.#stopped !== undefined) return this.#lookForQuiet(this.#stopped);
    if (!this.#woken.includes(lane)) this.#woken.push(lane);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    if (this.#sinceTurn < ATTEMPTS_PER_TURN) queueMicrotask(this.#run);
    else setImmediate(this.#runInNewTurn);
  }

  #lookForQuiet({ lanes, quiet }: Stopped): void {
    if (lanes.every(({ inFlight }) => inFlight === 0)) quiet.resolve();
  }

  readonly #runInNewTurn = (): void => {
    this.#sinceTurn = 0;
    this.#run();
  };

  readonly #run = (): void => {
    this.#scheduled = false;
    if (this.#held || this.#stopped !== undefined) return;
    const woken = this.#woken;
    this.#woken = [];
    // A lane is woken again once its backend has taken the batch.
    for (const lane of woken) this.#sinceTurn += lane.pump();
  };
}

interface Stopped {
  readonly lanes: readonly BackendLane[];
  readonly quiet: PromiseWithResolvers<void>;
}
