import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { WorkflowEngine } from "../engine/workflow-engine.ts";

/** Shuts its engine down, and waits to be interrupted. */
const flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend({ resources: { gpus: 0 } }) });
await flow.functionTask(() => 1)();
await flow.shutdown();
// Keeps the process alive.
process.stdin.resume();
console.log("ready");
