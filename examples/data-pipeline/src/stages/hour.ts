/** The flights that left within one hour of the day; both lists are in the same order. */
export interface HourOfFlights {
  /** Hour of departure, local time, 0 to 23. */
  readonly hour: number;
  readonly delayMinutes: number[];
  readonly distanceMiles: number[];
}
