import { COUNTS, LEFT, RIGHT, type HourScale, type ValueScale } from "./layout.ts";
import { svgElement, svgLabel } from "./svg.ts";

/** An axis of values: grid lines, their numbers, and what they mean. */
export function valueAxis(scale: ValueScale, tickCount: number, title: string): string {
  const [bottom = 0, top = 0] = scale.range();
  const ticks = scale.ticks(tickCount).flatMap((tick) => [
    svgElement("line", { x1: LEFT, x2: RIGHT, y1: scale(tick), y2: scale(tick), stroke: "#e3e3e3" }),
    svgLabel(tick.toLocaleString("en").replace("-", "−"), {
      class: "tick",
      x: LEFT - 8,
      y: scale(tick),
      dy: "0.35em",
      "text-anchor": "end",
    }),
  ]);
  const transform = `translate(22 ${(bottom + top) / 2}) rotate(-90)`;
  return svgElement("g", { class: "axis" }, [...ticks, svgLabel(title, { transform, "text-anchor": "middle" })]);
}

/** The axis of the hours of the day, below the lower panel. */
export function hourAxis(x: HourScale): string {
  const ticks = x.domain().map((hour) =>
    svgLabel(String(hour).padStart(2, "0"), {
      x: (x(hour) ?? 0) + x.bandwidth() / 2,
      y: COUNTS.bottom + 18,
      "text-anchor": "middle",
    }),
  );
  const title = svgLabel("Hour of departure (local time, h)", {
    x: (LEFT + RIGHT) / 2,
    y: COUNTS.bottom + 40,
    "text-anchor": "middle",
  });
  return svgElement("g", {}, [...ticks, title]);
}

/** What one colour means. */
export type LegendEntry = readonly [text: string, fill: string, opacity: number];

/** What the colours mean, right of a panel, in the order in which they lie on top of each other. */
export function legend(top: number, entries: readonly LegendEntry[]): string {
  const parts = entries.flatMap(([text, fill, opacity], index) => [
    svgElement("rect", { x: RIGHT + 14, y: top + index * 20, width: 12, height: 12, fill, opacity }),
    svgLabel(text, { x: RIGHT + 32, y: top + index * 20 + 10 }),
  ]);
  return svgElement("g", {}, parts);
}
