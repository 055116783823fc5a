import { BackendError } from "../errors/backend-error.ts";
import { retryDelayMs } from "../settle/retry-delay.ts";
import { Deadlines, type Deadline } from "../timing/deadlines.ts";
import type { FailoverSettings } from "./failover-policy.ts";

/** Decides when a backend that died, or could not be opened, is opened again, and when it is given up. */
export class Reopening {
  readonly #settings: FailoverSettings;
  readonly #deadlines = new Deadlines();
  /** True once the backend was open, until it is given up. */
  #wasOpen = false;
  /** How often it died or did not open since a task last finished on it. */
  #mishaps = 0;
  #pause: Deadline | undefined;

  constructor(settings: FailoverSettings) {
    this.#settings = settings;
  }

  get pausing(): boolean {
    return this.#pause !== undefined;
  }

  /** The backend is open. */
  opened(): void {
    this.#wasOpen = true;
  }

  /** A task finished on the backend: it is of use. */
  proven(): void {
    this.#mishaps = 0;
  }

  /** The backend died, or did not open. Returns the error to give it up with, or `undefined` when it is to be opened again. */
  mishap(error: BackendError, backend: string): BackendError | undefined {
    this.#mishaps += 1;
    const { openings } = this.#settings;
    if (this.#wasOpen && this.#mishaps < openings) return undefined;
    this.#mishaps = 0;
    if (!this.#wasOpen) return error;
    this.#wasOpen = false;
    const times =
      openings === 1 ? "died" : `died or did not open ${openings} times in a row, with no task finished in between`;
    const message = `${times}; at last: ${error.message.replace(`[${backend}] `, "")}`;
    return new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause: error });
  }

  /** Begins the pause before the backend is opened again, unless it may be opened now; calls `then` at its end. */
  wait(then: () => void): void {
    if (this.#mishaps < 2) return;
    const { openings, delayMs, factor, maxDelayMs } = this.#settings;
    const pauseMs = retryDelayMs({ attempts: openings, delayMs, factor, maxDelayMs }, this.#mishaps - 1);
    this.#pause = this.#deadlines.add(pauseMs, () => {
      this.#pause = undefined;
      then();
    });
  }

  /** Ends the pause: the backend is being opened now, or never again. */
  stop(): void {
    if (this.#pause !== undefined) this.#deadlines.cancel(this.#pause);
    this.#pause = undefined;
  }
}
