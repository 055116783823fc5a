// Commits batches for ever and prints the number of each one once it is acknowledged: `node committing-host.ts <path> create|resume`.
import { writeSync } from "node:fs";
import { SqliteJournal } from "../journal/sqlite-journal.ts";
import { nthBatch, SESSION } from "./batches.ts";

const [path = "", mode] = process.argv.slice(2);
const journal = new SqliteJournal(path, { spillBytes: 4_096 });
const resumed = mode === "resume" ? await journal.resume() : undefined;
const handle = resumed?.handle ?? (await journal.create(SESSION));
for (let number = (resumed?.tasks.length ?? 0) / 4; ; number += 1) {
  await handle.commit(nthBatch(number));
  writeSync(1, `${number}\n`);
}
