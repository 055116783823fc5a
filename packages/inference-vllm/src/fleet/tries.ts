import type { Call } from "./call.ts";
import type { Refusal } from "./classify.ts";
import type { FleetSettings } from "./fleet-options.ts";

/** First pause before a call goes out again when the server named none, and the longest, in milliseconds; doubled each time. */
const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** How often a call was sent, and whether it may be again. */
export class Tries {
  readonly #settings: FleetSettings;
  readonly #isList: boolean;
  #failed = 0;
  #refused = 0;
  #fullSince: number | undefined;

  constructor({ body: { prompt } }: Call, settings: FleetSettings) {
    this.#settings = settings;
    this.#isList = Array.isArray(prompt) && prompt.length > 1;
  }

  /** Requests sent, with one that was answered at last. */
  get count(): number {
    return this.#refused + 1;
  }

  /** How long to wait before the next request, in milliseconds. */
  get pauseMs(): number {
    return Math.min(PAUSE_MS * 2 ** (this.#refused - 1), LONGEST_PAUSE_MS);
  }

  /**
   * Counts a request that was refused; true when there may be another one. A server that is full for now has done nothing wrong, nor has the prompt: that counts in time.
   * A list of prompts may be longer than the server's own queue, and is refused each time then: whoever sent it had better send fewer.
   */
  allow({ again, replica }: Refusal): boolean {
    this.#refused += 1;
    if (again === "never") return false;
    const { maxTries, fullPatienceMs } = this.#settings;
    if (replica !== "full" || this.#isList) return (this.#failed += 1) < maxTries;
    this.#fullSince ??= performance.now();
    return performance.now() - this.#fullSince < fullPatienceMs;
  }
}
