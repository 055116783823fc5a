import type { Fleet } from "../fleet/call.ts";

/** How long what was found holds, in milliseconds: anybody may ask for it as often as they like. */
const HOLDS_MS = 1_000;

/** Longest time for the servers' answers, in milliseconds. */
const CHECK_MS = 5_000;

/** Whether there is a server that answers, found out by asking them. */
export class HealthCheck {
  readonly #fleet: Fleet;
  #current: Promise<boolean> | undefined;
  #until = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  check(): Promise<boolean> {
    const now = performance.now();
    if (this.#current === undefined || now >= this.#until) {
      this.#until = Infinity;
      this.#current = this.#look().finally(() => (this.#until = performance.now() + HOLDS_MS));
    }
    return this.#current;
  }

  async #look(): Promise<boolean> {
    await this.#fleet.check(AbortSignal.timeout(CHECK_MS));
    return this.#fleet.replicas.some(({ status }) => status === "healthy");
  }
}
