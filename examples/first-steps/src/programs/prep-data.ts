/** Keeps the rows that have a number, and writes them to `prepared_data.csv`. */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const { input = "dataset.csv" } = parseArgs({ options: { input: { type: "string" } } }).values;

const [header = "", ...rows] = (await readFile(input, "utf8")).trim().split("\n");
const good = rows.filter((row) => /,-?\d+(\.\d+)?$/.test(row));
await writeFile("prepared_data.csv", `${[header, ...good].join("\n")}\n`);

console.log(`kept ${good.length} of ${rows.length} rows`);
