import { LATE_MINUTES, type HourStatistics } from "../results.ts";
import type { LegendEntry } from "./axes.ts";
import { GRAY, ORANGE, type HourScale, type ValueScale } from "./layout.ts";
import { svgElement } from "./svg.ts";

/** What the parts of a bar are. */
export const COUNT_LEGEND: readonly LegendEntry[] = [
  ["others", GRAY, 1],
  [`late (≥ ${LATE_MINUTES} min)`, ORANGE, 1],
];

/** How many flights left in an hour: the late ones, and the others on top of them. */
export function countBar({ hour, flights, late }: HourStatistics, x: HourScale, y: ValueScale): readonly string[] {
  const place = { "data-hour": hour, x: x(hour), width: x.bandwidth() };
  return [
    svgElement("rect", { class: "late", ...place, y: y(late), height: y(0) - y(late), fill: ORANGE }),
    svgElement("rect", { class: "others", ...place, y: y(flights), height: y(late) - y(flights), fill: GRAY }),
  ];
}
