import { parentPort } from "node:worker_threads";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { WorkflowEngine } from "../engine/workflow-engine.ts";

/** Runs a workflow in a thread, and posts what came of it. */
const flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend({ resources: { gpus: 0 } }) });
const text = flow.executableTask((n: number) => `echo ${n}`)(flow.functionTask(() => 42)());
parentPort?.postMessage(await flow.block(async () => (await text).trim())());
await flow.shutdown();
