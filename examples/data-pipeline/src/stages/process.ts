/** Stage 2, a program: reads the tables of all shards and groups the flights by hour of departure. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { writeWhole } from "../write-whole.ts";
import type { HourOfFlights } from "./hour.ts";
import { parseReport, printReport } from "./stage-report.ts";

// Each argument is the value of an ingest task, which is what that program printed.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { output: { type: "string", default: "" } },
});
const shards = positionals.map(parseReport);

const hours = Array.from({ length: 24 }, (_, hour): HourOfFlights => ({ hour, delayMinutes: [], distanceMiles: [] }));
for (const table of await Promise.all(shards.map(({ file }) => readFile(file, "utf8")))) {
  for (const row of table.split("\n").slice(1, -1)) {
    const [minute = NaN, delay = NaN, distance = NaN] = row.split(",").map(Number);
    const hour = hours[Math.floor(minute / 60)];
    if (hour === undefined) throw new RangeError(`no minute of a day: ${row}`);
    hour.delayMinutes.push(delay);
    hour.distanceMiles.push(distance);
  }
}

await writeWhole(values.output, JSON.stringify(hours));
printReport({
  file: values.output,
  flights: hours.reduce((sum, { delayMinutes }) => sum + delayMinutes.length, 0),
  rejected: shards.reduce((sum, { rejected }) => sum + rejected, 0),
});
