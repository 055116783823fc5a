import { ComputeTask } from "@rhapsody/core";
import { readSettings } from "../contender.ts";
import { HoldingBackend } from "./holding-backend.ts";
import { openSession } from "./open-session.ts";
import { reportMemory } from "./report-memory.ts";

const nothing = async (): Promise<void> => {};

const backend = new HoldingBackend();
await using session = openSession(backend);

await reportMemory(readSettings(), backend, async (tasks) => {
  const batch = Array.from({ length: tasks }, () => new ComputeTask({ function: nothing }));
  await session.submitTasks(batch);
  return { settled: session.waitTasks(batch) };
});
