/** What the pipeline finds out; the content of `results.json`. Delays are those of arrival; negative means early. */
export interface Results {
  /** The file that was read. */
  readonly source: string;
  /** Records that were no usable flights. */
  readonly rejected: number;
  readonly all: DelayStatistics;
  /** Pearson correlation of delay with distance, -1 to 1. */
  readonly delayDistanceCorrelation: number;
  /** One entry for each hour of departure, local time, in order from 0 to 23. */
  readonly byHour: readonly HourStatistics[];
}

/** How late a group of flights was. The numbers are `null` for a group without flights. */
export interface DelayStatistics {
  readonly flights: number;
  /** Flights that arrived {@link LATE_MINUTES} or more after schedule. */
  readonly late: number;
  readonly meanDelayMinutes: number | null;
  /** Delays that 10, 25, 50, 75 and 90 % of the flights stay below, interpolated linearly between flights (type 7 of Hyndman and Fan 1996). */
  readonly delayQuantilesMinutes: Quantiles | null;
}

/** Values at 10, 25, 50, 75 and 90 %. */
export interface Quantiles {
  readonly p10: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
}

/** {@link DelayStatistics} of one hour of departure. */
export interface HourStatistics extends DelayStatistics {
  readonly hour: number;
}

/** A flight is late from 15 minutes after schedule, as the U.S. Bureau of Transportation Statistics counts. */
export const LATE_MINUTES = 15;
