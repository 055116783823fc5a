/** Prints the mean of the second column. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const { input = "prepared_data.csv" } = parseArgs({ options: { input: { type: "string" } } }).values;

const rows = (await readFile(input, "utf8")).trim().split("\n").slice(1);
const temperatures = rows.map((row) => Number(row.split(",")[1]));
const sum = temperatures.reduce((total, temperature) => total + temperature, 0);

console.log(`mean temperature ${(sum / temperatures.length).toFixed(2)} °C`);
