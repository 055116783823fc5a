/** Stage 1, a program: reads one shard of the flights, checks every record and writes a table of the good ones. */
import { parseArgs } from "node:util";
import { writeWhole } from "../write-whole.ts";
import { isFlight } from "./flight.ts";
import { readShard } from "./read-shard.ts";
import { printReport } from "./stage-report.ts";

const { values } = parseArgs({
  options: {
    input: { type: "string", default: "" },
    output: { type: "string", default: "" },
    shard: { type: "string", default: "0" },
    shards: { type: "string", default: "1" },
  },
});

const records = await readShard(values.input, Number(values.shard), Number(values.shards));
const flights = records.filter(isFlight);

// Whole minutes since midnight: the source has 23.983333333333334 for 23:59.
const rows = flights.map(({ delay, distance, time }) => `${Math.round(time * 60)},${delay},${distance}\n`);
await writeWhole(values.output, `departure_minute,delay_minutes,distance_miles\n${rows.join("")}`);
printReport({ file: values.output, flights: flights.length, rejected: records.length - flights.length });
