import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { readSettings, reportSample } from "../contender.ts";
import { HoldingBackend } from "../rhapsody/holding-backend.ts";
import { residentBytes } from "../rhapsody/resident-bytes.ts";

const { tasks: count, warmUp } = readSettings();
const backend = new HoldingBackend();
await using flow = await WorkflowEngine.create({ backend });
const nothing = flow.functionTask(async () => {});

/** Holds calls on the backend, lets them go, and says what was resident meanwhile. */
async function holdAndRelease(calls: number): Promise<number> {
  const settled = Promise.all(Array.from({ length: calls }, () => nothing()));
  await backend.holds(calls);
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
