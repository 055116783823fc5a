import { ComputeTask } from "@rhapsody/core";
import { readSettings, reportSample } from "../contender.ts";
import { HoldingBackend } from "./holding-backend.ts";
import { openSession } from "./open-session.ts";
import { residentBytes } from "./resident-bytes.ts";

const nothing = async (): Promise<void> => {};

const { tasks: count, warmUp } = readSettings();
const backend = new HoldingBackend();
await using session = openSession(backend);

/** Holds a batch on the backend, lets it go, and says what was resident meanwhile. */
async function holdAndRelease(tasks: number): Promise<number> {
  const batch = Array.from({ length: tasks }, () => new ComputeTask({ function: nothing }));
  await session.submitTasks(batch);
  const settled = session.waitTasks(batch);
  await backend.holds(tasks);
  const bytes = await residentBytes();
  backend.finish();
  await settled;
  return bytes;
}

await holdAndRelease(warmUp);
const before = await residentBytes();
const held = await holdAndRelease(count);
const after = await residentBytes();
reportSample({ bytesPerUnsettledTask: (held - before) / count, bytesPerReleasedTask: (after - before) / count });
