import { readFileSync } from "node:fs";
import type { DelayStatistics, Results } from "./results.ts";

/** Delays are counted by the minute, from this one on. */
const LEAST_DELAY = -3_000;

/**
 * The results computed in another way, to compare the pipeline with: one pass over the whole file in one process, counting instead of
 * sorting. Shares no code with the stages.
 */
export function straightPass(file: string): Omit<Results, "source" | "rejected"> {
  const records = JSON.parse(readFileSync(file, "utf8")) as { delay: number; distance: number; time: number }[];
  const all = new DelayCounts();
  const hours = Array.from({ length: 24 }, () => new DelayCounts());
  let [n, sumX, sumY, sumXX, sumYY, sumXY] = [0n, 0n, 0n, 0n, 0n, 0n];
  for (const { delay, distance, time } of records) {
    all.add(delay);
    hours[Math.trunc(time + 1e-6)]?.add(delay);
    const [x, y] = [BigInt(delay), BigInt(distance)];
    n += 1n;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumYY += y * y;
    sumXY += x * y;
  }
  const covariance = Number(n * sumXY - sumX * sumY);
  const scale = Math.sqrt(Number(n * sumXX - sumX * sumX)) * Math.sqrt(Number(n * sumYY - sumY * sumY));
  return {
    all: all.statistics(),
    delayDistanceCorrelation: covariance / scale,
    byHour: hours.map((counts, hour) => ({ hour, ...counts.statistics() })),
  };
}

/** How many flights had each delay. */
class DelayCounts {
  readonly #counts = new Uint32Array(6_001);
  #flights = 0;
  #sum = 0;
  #late = 0;

  add(delay: number): void {
    this.#counts[delay - LEAST_DELAY] = (this.#counts[delay - LEAST_DELAY] ?? 0) + 1;
    this.#flights += 1;
    this.#sum += delay;
    if (delay > 14) this.#late += 1;
  }

  statistics(): DelayStatistics {
    const [p10, p25, p50, p75, p90] = [0.1, 0.25, 0.5, 0.75, 0.9].map((share) => this.#quantile(share)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      flights: this.#flights,
      late: this.#late,
      meanDelayMinutes: this.#sum / this.#flights,
      delayQuantilesMinutes: { p10, p25, p50, p75, p90 },
    };
  }

  #quantile(share: number): number {
    const rank = (this.#flights - 1) * share;
    const [low, high] = [this.#ranked(Math.floor(rank)), this.#ranked(Math.ceil(rank))];
    return low + (high - low) * (rank - Math.floor(rank));
  }

  /** The delay of the flight of a rank, from 0, when they stand in order of delay. */
  #ranked(rank: number): number {
    let before = 0;
    return LEAST_DELAY + this.#counts.findIndex((count) => (before += count) > rank);
  }
}
