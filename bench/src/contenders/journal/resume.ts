import { Session } from "@rhapsody/core";
import { readSettings, reportSample } from "../contender.ts";
import { HoldingBackend } from "../rhapsody/holding-backend.ts";
import { nothing, writeJournal } from "./write-journal.ts";

const { tasks, warmUp } = readSettings();

async function measureResume(count: number, left: "done" | "undone"): Promise<number> {
  const journal = `${left}-${count}.db`;
  await writeJournal(journal, count, left);
  const startedAt = performance.now();
  await using session = await Session.resume(journal, { backends: [new HoldingBackend()], functions: { nothing } });
  const elapsedMs = performance.now() - startedAt;
  const { done = 0, unfinished = [] } = session.resumed ?? {};
  if ((left === "done" ? done : unfinished.length) !== count)
    throw new Error(`${done} tasks are done, ${unfinished.length} are not`);
  return elapsedMs;
}

await measureResume(warmUp, "done");
await measureResume(warmUp, "undone");
reportSample({ msWhenDone: await measureResume(tasks, "done"), msWhenUndone: await measureResume(tasks, "undone") });
