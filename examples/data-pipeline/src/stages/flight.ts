/** One flight of the data set, in the units of its source. */
export interface Flight {
  /** Arrival after schedule, in minutes; negative when early. */
  readonly delay: number;
  /** Distance flown, in miles. */
  readonly distance: number;
  /** Actual departure, local time, in hours since midnight, to the minute. */
  readonly time: number;
}

/** Longest delay taken for a real one, in minutes either way: two days. */
const MAX_DELAY_MINUTES = 2_880;

/** Tells whether a record of the file is a flight that can be used. */
export function isFlight(record: unknown): record is Flight {
  if (typeof record !== "object" || record === null) return false;
  const { delay, distance, time } = record as Record<string, unknown>;
  return (
    isWithin(delay, -MAX_DELAY_MINUTES, MAX_DELAY_MINUTES) &&
    isWithin(distance, 1, 12_000) &&
    isWithin(time, 0, 24 - 1e-9)
  );
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
