import { area, line } from "d3-shape";
import type { Quantiles } from "../results.ts";
import type { LegendEntry } from "./axes.ts";
import { BLUE, type DrawnHour, type HourScale, type ValueScale } from "./layout.ts";
import { svgElement } from "./svg.ts";

const OUTER_OPACITY = 0.16;
const INNER_OPACITY = 0.3;

/** What the curves are. */
export const DELAY_LEGEND: readonly LegendEntry[] = [
  ["median", BLUE, 1],
  // The inner band lies on the outer one.
  ["middle 50 %", BLUE, INNER_OPACITY + OUTER_OPACITY],
  ["middle 80 %", BLUE, OUTER_OPACITY],
];

/** The delays of the middle 80 and 50 % of the flights and their median, with gaps at hours that are not drawn. */
export function delayCurves(drawn: readonly DrawnHour[], x: HourScale, y: ValueScale): readonly string[] {
  const quantiles = new Map(drawn.map((hour) => [hour.hour, hour.delayQuantilesMinutes]));
  const isDrawn = (hour: number): boolean => quantiles.has(hour);
  const center = (hour: number): number => (x(hour) ?? NaN) + x.bandwidth() / 2;
  const at =
    (quantile: keyof Quantiles) =>
    (hour: number): number =>
      y(quantiles.get(hour)?.[quantile] ?? NaN);

  const band = (low: keyof Quantiles, high: keyof Quantiles, opacity: number): string => {
    const shape = area<number>(center, at(low), at(high)).defined(isDrawn);
    return svgElement("path", { d: shape(x.domain()) ?? "", fill: BLUE, opacity });
  };
  const median = line<number>(center, at("p50")).defined(isDrawn);
  const dots = drawn.map(({ hour }) =>
    svgElement("circle", {
      class: "median",
      "data-hour": hour,
      cx: center(hour),
      cy: at("p50")(hour),
      r: 3.5,
      fill: BLUE,
    }),
  );
  return [
    band("p10", "p90", OUTER_OPACITY),
    band("p25", "p75", INNER_OPACITY),
    svgElement("path", { d: median(x.domain()) ?? "", fill: "none", stroke: BLUE, "stroke-width": 2 }),
    ...dots,
  ];
}
