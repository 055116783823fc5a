import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readChart } from "./chart/read-chart.ts";
import { MIN_FLIGHTS } from "./findings.ts";
import { flightsFile } from "./pipeline.ts";
import type { Results } from "./results.ts";
import { straightPass } from "./straight-pass.ts";

const main = join(import.meta.dirname, "main.ts");

describe("the pipeline", () => {
  // Not the package's folder: the pipeline must find its own files from anywhere.
  const elsewhere = mkdtempSync(join(tmpdir(), "data-pipeline-"));
  let output: string;
  let results: Results;
  let svg: string;

  beforeAll(async () => {
    const ran = await promisify(execFile)(process.execPath, [main, "--directory=run"], {
      cwd: elsewhere,
      env: { ...process.env, INIT_CWD: elsewhere },
    });
    expect(ran.stderr).toBe("");
    output = ran.stdout;
    // Written by the pipeline that has just run.
    results = JSON.parse(readFileSync(join(elsewhere, "run/results.json"), "utf8")) as Results;
    svg = readFileSync(join(elsewhere, "run/delay-by-hour.svg"), "utf8");
  });
  afterAll(() => rmSync(elsewhere, { recursive: true }));

  it("finds the numbers that a straight pass over the file finds", () => {
    const expected = straightPass(flightsFile());

    expect(results.rejected).toBe(0);
    expect(results.all).toEqual(closeTo(expected.all));
    expect(results.byHour).toEqual(expected.byHour.map(closeTo));
    expect(results.delayDistanceCorrelation).toBeCloseTo(expected.delayDistanceCorrelation, 12);
  });

  // By Python 3.11: statistics.fmean, .quantiles(n=20, method="inclusive") and .correlation.
  it("finds the numbers that Python's statistics module finds", () => {
    expect(results.all).toEqual({
      flights: 200_000,
      late: 45_080,
      meanDelayMinutes: expect.closeTo(7.500795, 9) as unknown,
      delayQuantilesMinutes: { p10: -15, p25: -8, p50: 0, p75: 12, p90: 37 },
    });
    expect(results.delayDistanceCorrelation).toBeCloseTo(-0.013509483355161346, 12);
    expect(results.byHour[0]).toMatchObject({
      flights: 697,
      late: 322,
      delayQuantilesMinutes: { p90: expect.closeTo(145.4, 9) as unknown },
    });
    expect(results.byHour[23]).toMatchObject({ flights: 1_854, late: 807, delayQuantilesMinutes: { p50: 8.5 } });
  });

  it("draws in the chart what is in the results", () => {
    const chart = readChart(svg);

    const drawn = results.byHour.filter(({ flights }) => flights >= MIN_FLIGHTS);
    expect([...chart.medianDelayMinutes.keys()]).toEqual(drawn.map(({ hour }) => hour));
    for (const { hour, delayQuantilesMinutes } of drawn) {
      expect(chart.medianDelayMinutes.get(hour)).toBeCloseTo(delayQuantilesMinutes?.p50 ?? NaN, 1);
    }
    for (const { hour, flights, late } of results.byHour) {
      // A thousandth of a pixel is a tenth of a flight.
      const near = (count: number): unknown => expect.closeTo(count, 0);
      expect(chart.lateFlights.get(hour)).toEqual({ from: near(0), to: near(late) });
      expect(chart.otherFlights.get(hour)).toEqual({ from: near(late), to: near(flights) });
    }
    expect(chart.texts).toContain("Arrival delay (minutes)");
    expect(chart.texts).toContain("Hour of departure (local time, h)");
  });

  it("tells the fate of each task, and where the files are", () => {
    const table = output.split("\n").filter((line) => /^\w+ +(DONE|FAILED|CANCELLED) +\d/.test(line));

    expect(table.map((line) => line.split(/\s+/).slice(0, 2).join(" "))).toEqual([
      "ingest_0 DONE",
      "ingest_1 DONE",
      "ingest_2 DONE",
      "ingest_3 DONE",
      "process_all DONE",
      "analyze DONE",
    ]);
    expect(output).toContain("results  run/results.json\nchart    run/delay-by-hour.svg\n");
  });

  it("draws no progress where nobody watches", () => {
    expect(output).not.toContain("\x1b");
  });

  it("leaves no unfinished files", () => {
    expect(readdirSync(join(elsewhere, "run")).toSorted()).toEqual([
      "delay-by-hour.svg",
      "flights_0.csv",
      "flights_1.csv",
      "flights_2.csv",
      "flights_3.csv",
      "flights_by_hour.json",
      "results.json",
    ]);
  });
});

function closeTo<T extends { readonly meanDelayMinutes: number | null }>(statistics: T): unknown {
  return { ...statistics, meanDelayMinutes: expect.closeTo(statistics.meanDelayMinutes ?? NaN, 9) as unknown };
}
