import type { BackendCapacity, TaskAttempt, TaskSpec } from "@rhapsody/core";
import { attemptKey } from "./update-log.ts";

/** What the contract says of a backend that names no limit. */
const DEFAULT_MAX_IN_FLIGHT = 10_000;

/** Fractions of cores and GPUs add up with rounding errors. */
const EPSILON = 1e-9;

type Amounts = readonly [cores: number, gpus: number, memoryBytes: number];

/** What is left of a backend's capacity, so that the suite hands over no more than a session would. */
export class Room {
  #capacity: BackendCapacity;
  readonly #taken = new Map<string, Amounts>();
  #sum: Amounts = [0, 0, 0];

  constructor(capacity: BackendCapacity) {
    this.#capacity = capacity;
  }

  resize(capacity: BackendCapacity): void {
    this.#capacity = capacity;
  }

  /** Takes room for an attempt; false when there is none. */
  take(spec: TaskSpec): boolean {
    const {
      maxInFlight = DEFAULT_MAX_IN_FLIGHT,
      cores = Infinity,
      gpus = Infinity,
      memoryBytes = Infinity,
    } = this.#capacity;
    const asked = amountsOf(spec);
    const sum = plus(this.#sum, asked, 1);
    if (this.#taken.size >= maxInFlight) return false;
    if (sum[0] > cores + EPSILON || sum[1] > gpus + EPSILON || sum[2] > memoryBytes) return false;
    this.#taken.set(attemptKey(spec), asked);
    this.#sum = sum;
    return true;
  }

  /** Gives back what an attempt took; nothing when it took nothing. */
  give(attempt: TaskAttempt): void {
    const key = attemptKey(attempt);
    const amounts = this.#taken.get(key);
    if (amounts === undefined) return;
    this.#taken.delete(key);
    this.#sum = plus(this.#sum, amounts, -1);
  }
}

/** Amounts are asked for each rank. */
function amountsOf({ resources: { cores = 0, gpus = 0, memoryBytes = 0, ranks = 1 } }: TaskSpec): Amounts {
  return [cores * ranks, gpus * ranks, memoryBytes * ranks];
}

function plus(a: Amounts, b: Amounts, sign: 1 | -1): Amounts {
  return [a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]];
}
