import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { readSettings } from "../contender.ts";
import { HoldingBackend } from "../rhapsody/holding-backend.ts";
import { reportMemory } from "../rhapsody/report-memory.ts";

const backend = new HoldingBackend();
await using flow = await WorkflowEngine.create({ backend });
const nothing = flow.functionTask(async () => {});

await reportMemory(readSettings(), backend, async (calls) => ({
  settled: Promise.all(Array.from({ length: calls }, () => nothing())),
}));
