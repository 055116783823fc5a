// A host of its own with a program and a Python function under way on a cluster, for tests that kill it. Both hold its lifeline.
import { ComputeTask, pythonFunction, Session } from "@rhapsody/core";
import { DaskExecutionBackend, type DaskCluster } from "../index.ts";

const [workDir = "", python = "", clusterText = "", lifeline = "", script = ""] = process.argv.slice(2);
// What the test wrote.
const cluster = JSON.parse(clusterText) as DaskCluster;
const session = new Session({ backends: [new DaskExecutionBackend({ python, cluster })], workDir });
await session.submitTasks([
  new ComputeTask({ executable: "/bin/sh", arguments: ["-c", script] }),
  new ComputeTask({ function: pythonFunction("samples:hold"), args: [lifeline], backendOptions: { dask: { killable: true } } }),
]);
