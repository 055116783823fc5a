import type { HourStatistics, Results } from "./results.ts";

/** Fewer flights than this in an hour say little: such hours are left out of the findings and the chart. */
export const MIN_FLIGHTS = 100;

/** The hours that have enough flights to say something. */
export function wellFilledHours({ byHour }: Results): readonly HourStatistics[] {
  return byHour.filter(({ flights }) => flights >= MIN_FLIGHTS);
}

/** What the results say, in two lines of prose. */
export function describeFindings(results: Results): string {
  const { all } = results;
  const median = all.delayQuantilesMinutes?.p50 ?? NaN;
  const byLateness = wellFilledHours(results).toSorted((a, b) => a.late / a.flights - b.late / b.flights);
  const [best, worst] = [byLateness.at(0), byLateness.at(-1)];
  const first =
    `Of ${all.flights.toLocaleString("en")} flights ${percent(all.late / all.flights)} arrived 15 or more minutes late; ` +
    `half arrived ${median === 0 ? "on schedule" : `within ${median} min of schedule`} or before.`;
  if (best === undefined || worst === undefined) return first;
  return `${first}\nFewest were late of those that left ${during(best)}, most of those that left ${during(worst)}.`;
}

function during({ hour, late, flights }: HourStatistics): string {
  return `from ${clock(hour)} to ${clock(hour + 1)} (${percent(late / flights)})`;
}

function clock(hour: number): string {
  return `${String(hour % 24).padStart(2, "0")}:00`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
