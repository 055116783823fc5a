import { ComputeTask, pythonFunction } from "@rhapsody/core";
import { readSettings, reportSample } from "../contender.ts";
import { runTasks } from "../rhapsody/run-tasks.ts";
import { openSession } from "./open-session.ts";
import { peakBytes, sidecarProcess } from "./processes.ts";

const identity = pythonFunction<number>("operator:pos");
const { tasks, warmUp } = readSettings();

await using session = openSession();
const run = (count: number) =>
  runTasks(session, count, (index) => new ComputeTask({ function: identity, args: [index] }));

await run(warmUp);
const sidecar = sidecarProcess();
const [hostBefore, sidecarBefore] = [peakBytes(process.pid), peakBytes(sidecar)];
await run(tasks);
reportSample({
  hostBytesPerTask: (peakBytes(process.pid) - hostBefore) / tasks,
  sidecarBytesPerTask: (peakBytes(sidecar) - sidecarBefore) / tasks,
});
