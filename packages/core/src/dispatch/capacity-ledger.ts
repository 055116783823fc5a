import type { BackendCapacity } from "../backend/capabilities.ts";
import { EPSILON, type Demand } from "./demand.ts";

/** Attempts in flight on a backend that does not say how many it takes. */
const DEFAULT_MAX_IN_FLIGHT = 10_000;

/** What of a backend's capacity is taken by the attempts in flight. */
export class CapacityLedger {
  #capacity: BackendCapacity;
  #inFlight = 0;
  #cores = 0;
  #gpus = 0;
  #memoryBytes = 0;

  constructor(capacity: BackendCapacity) {
    this.#capacity = capacity;
  }

  get capacity(): BackendCapacity {
    return this.#capacity;
  }

  /** Replaces the capacity. What is taken stays taken, even where there is now less. */
  resize(capacity: BackendCapacity): void {
    this.#capacity = capacity;
  }

  /** True when not even an attempt that takes nothing fits. */
  get full(): boolean {
    return this.#inFlight >= (this.#capacity.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT);
  }

  fits(demand: Demand): boolean {
    const { cores = Infinity, gpus = Infinity, memoryBytes = Infinity } = this.#capacity;
    return (
      !this.full &&
      this.#cores + demand.cores <= cores + EPSILON &&
      this.#gpus + demand.gpus <= gpus + EPSILON &&
      this.#memoryBytes + demand.memoryBytes <= memoryBytes
    );
  }

  take(demand: Demand): void {
    this.#inFlight += 1;
    this.#cores += demand.cores;
    this.#gpus += demand.gpus;
    this.#memoryBytes += demand.memoryBytes;
  }

  give(demand: Demand): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) {
      // Nothing in flight takes exactly nothing, which drops what rounding left over.
      this.#cores = this.#gpus = this.#memoryBytes = 0;
      return;
    }
    this.#cores -= demand.cores;
    this.#gpus -= demand.gpus;
    this.#memoryBytes -= demand.memoryBytes;
  }
}
