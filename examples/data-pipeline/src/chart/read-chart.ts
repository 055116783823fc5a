import { DOMParser, type Element } from "@xmldom/xmldom";

/** What a chart says, read back from its shapes. Keys are hours of departure. */
export interface ReadChart {
  readonly medianDelayMinutes: ReadonlyMap<number, number>;
  /** Where the parts of the bars begin and end, in flights. */
  readonly lateFlights: ReadonlyMap<number, Span>;
  readonly otherFlights: ReadonlyMap<number, Span>;
  readonly texts: readonly string[];
}

/** From here to there on an axis. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the values off a chart as a person would: by its axes. Knows nothing of the scales that drew it.
 *
 * @throws ParseError when the text is no well-formed XML.
 */
export function readChart(svg: string): ReadChart {
  const parser = new DOMParser({
    onError: (level, message) => {
      throw new SyntaxError(`${level}: ${message}`);
    },
  });
  const elements = [...parser.parseFromString(svg, "image/svg+xml").getElementsByTagName("*")];
  const ofClass = (name: string): Element[] => elements.filter((element) => element.getAttribute("class") === name);
  const [delayAxis, countAxis] = ofClass("axis").map(readAxis);
  if (delayAxis === undefined || countAxis === undefined) throw new SyntaxError("the chart has no two axes of values");
  const byHour = <T>(name: string, read: (element: Element) => T): ReadonlyMap<number, T> =>
    new Map(
      ofClass(name)
        .map((element) => [number(element, "data-hour"), read(element)] as const)
        .toSorted(([a], [b]) => a - b),
    );
  const flights = (bar: Element): Span => ({
    from: countAxis(number(bar, "y") + number(bar, "height")),
    to: countAxis(number(bar, "y")),
  });
  return {
    medianDelayMinutes: byHour("median", (dot) => delayAxis(number(dot, "cy"))),
    lateFlights: byHour("late", flights),
    otherFlights: byHour("others", flights),
    texts: elements.filter(({ tagName }) => tagName === "text").map(({ textContent }) => textContent ?? ""),
  };
}

/** From pixels to values, by the first and the last number beside the axis. */
function readAxis(axis: Element): (y: number) => number {
  const ticks = [...axis.getElementsByTagName("text")].filter((text) => text.getAttribute("class") === "tick");
  const values = ticks.map(({ textContent }) => Number((textContent ?? "").replaceAll(",", "").replace("−", "-")));
  const places = ticks.map((tick) => number(tick, "y"));
  const [value0 = NaN, value1 = NaN] = [values.at(0), values.at(-1)];
  const [place0 = NaN, place1 = NaN] = [places.at(0), places.at(-1)];
  return (y) => value0 + ((y - place0) / (place1 - place0)) * (value1 - value0);
}

function number(element: Element, attribute: string): number {
  return Number(element.getAttribute(attribute) ?? NaN);
}
