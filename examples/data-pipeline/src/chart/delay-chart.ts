import { max, min } from "d3-array";
import { scaleBand, scaleLinear } from "d3-scale";
import { MIN_FLIGHTS, wellFilledHours } from "../findings.ts";
import type { Results } from "../results.ts";
import { hourAxis, legend, valueAxis } from "./axes.ts";
import { COUNT_LEGEND, countBar } from "./count-bars.ts";
import { DELAY_LEGEND, delayCurves } from "./delay-curves.ts";
import { COUNTS, DELAYS, HEIGHT, INK, LEFT, PALE_INK, RIGHT, WIDTH, type DrawnHour } from "./layout.ts";
import { svgElement, svgLabel } from "./svg.ts";

/** An airport's day begins before the first wave of departures; those after midnight are the end of the day before. */
const FIRST_HOUR = 5;

const TITLE = "Flights get later as the day goes on";

/** Draws delay by hour of departure above the number of flights, as the text of an SVG file. */
export function drawDelayChart(results: Results): string {
  const { all, byHour } = results;
  const drawn = wellFilledHours(results).filter((hour): hour is DrawnHour => hour.delayQuantilesMinutes !== null);
  const hours = Array.from({ length: 24 }, (_, index) => (index + FIRST_HOUR) % 24);
  const x = scaleBand(hours, [LEFT, RIGHT]).paddingInner(0.18).paddingOuter(0.09);
  const least = min(drawn, ({ delayQuantilesMinutes }) => delayQuantilesMinutes.p10) ?? 0;
  const most = max(drawn, ({ delayQuantilesMinutes }) => delayQuantilesMinutes.p90) ?? 1;
  const delay = scaleLinear([least, most], [DELAYS.bottom, DELAYS.top]).nice();
  const count = scaleLinear([0, max(byHour, ({ flights }) => flights) ?? 1], [COUNTS.bottom, COUNTS.top]).nice();
  const subtitle = `Arrival delay of ${all.flights.toLocaleString("en")} flights in the United States by hour of departure`;

  const chart = svgElement("svg", rootAttributes, [
    svgElement("rect", { width: WIDTH, height: HEIGHT, fill: "white" }),
    svgLabel(TITLE, { x: LEFT, y: 32, "font-size": 20, "font-weight": "bold" }),
    svgLabel(subtitle, { x: LEFT, y: 56, fill: PALE_INK }),
    valueAxis(delay, 6, "Arrival delay (minutes)"),
    svgElement("line", { x1: LEFT, x2: RIGHT, y1: delay(0), y2: delay(0), stroke: INK }),
    ...delayCurves(drawn, x, delay),
    legend(DELAYS.top, DELAY_LEGEND),
    valueAxis(count, 3, "Flights"),
    ...byHour.flatMap((hour) => countBar(hour, x, count)),
    legend(COUNTS.top, COUNT_LEGEND),
    hourAxis(x),
    svgLabel(footnote(results), { x: LEFT, y: HEIGHT - 12, "font-size": 11, fill: PALE_INK }),
  ]);
  return `${chart}\n`;
}

const rootAttributes = {
  xmlns: "http://www.w3.org/2000/svg",
  viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
  width: WIDTH,
  height: HEIGHT,
  role: "img",
  "aria-label": `${TITLE}: arrival delay by hour of departure`,
  "font-family": "Helvetica, Arial, sans-serif",
  "font-size": 13,
  fill: INK,
};

function footnote({ byHour }: Results): string {
  const source = "Data: U.S. Bureau of Transportation Statistics, by way of vega-datasets.";
  const sparse = byHour.filter(({ flights }) => flights > 0 && flights < MIN_FLIGHTS);
  if (sparse.length === 0) return source;
  const named = sparse.map(({ hour }) => String(hour).padStart(2, "0")).join(", ");
  return `No delays are drawn for hours with fewer than ${MIN_FLIGHTS} flights (${named}). ${source}`;
}
