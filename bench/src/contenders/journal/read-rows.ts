import { readSettings, reportSample } from "../contender.ts";
import { readRows } from "./rows.ts";
import { writeJournal } from "./write-journal.ts";

const { tasks, warmUp } = readSettings();

async function measureReading(count: number, left: "done" | "undone"): Promise<number> {
  const journal = `${left}-${count}.db`;
  await writeJournal(journal, count, left);
  const startedAt = performance.now();
  const { tables } = readRows(journal);
  const elapsedMs = performance.now() - startedAt;
  if (tables.get("tasks")?.length !== count) throw new Error("rows are missing");
  return elapsedMs;
}

await measureReading(warmUp, "done");
await measureReading(warmUp, "undone");
reportSample({ msWhenDone: await measureReading(tasks, "done"), msWhenUndone: await measureReading(tasks, "undone") });
