/** Stage 3, a function that runs in a worker: statistics of the delays. */
import { readFile } from "node:fs/promises";
import { mean, quantileSorted } from "d3-array";
import { LATE_MINUTES, type DelayStatistics, type Quantiles, type Results } from "../results.ts";
import type { HourOfFlights } from "./hour.ts";
import { parseReport } from "./stage-report.ts";

/**
 * Computes the results from the output of the process stage.
 *
 * @param source - Name of the data, for the results.
 * @param processed - The report of the process stage.
 */
export async function analyze(source: string, processed: string): Promise<Results> {
  const { file, rejected } = parseReport(processed);
  // Written by the process stage of this very pipeline.
  const hours = JSON.parse(await readFile(file, "utf8")) as readonly HourOfFlights[];
  const delays = hours.flatMap(({ delayMinutes }) => delayMinutes);
  const distances = hours.flatMap(({ distanceMiles }) => distanceMiles);
  return {
    source,
    rejected,
    all: describe(delays),
    delayDistanceCorrelation: correlation(delays, distances),
    byHour: hours.map(({ hour, delayMinutes }) => ({ hour, ...describe(delayMinutes) })),
  };
}

function describe(delays: readonly number[]): DelayStatistics {
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    flights: delays.length,
    late: delays.filter((delay) => delay >= LATE_MINUTES).length,
    meanDelayMinutes: mean(delays) ?? null,
    delayQuantilesMinutes: sorted.length === 0 ? null : quantilesOf(sorted),
  };
}

function quantilesOf(sorted: number[]): Quantiles {
  const at = (share: number): number => quantileSorted(sorted, share) ?? NaN;
  return { p10: at(0.1), p25: at(0.25), p50: at(0.5), p75: at(0.75), p90: at(0.9) };
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const [meanX = NaN, meanY = NaN] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, index) => {
    const dx = value - meanX;
    const dy = (y[index] ?? NaN) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return xy / Math.sqrt(xx * yy);
}
