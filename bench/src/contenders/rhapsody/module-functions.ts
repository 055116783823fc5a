import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { ComputeTask, moduleFunction, Session } from "@rhapsody/core";
import { measureRate, readSettings } from "../contender.ts";
import { runTasks } from "./run-tasks.ts";

const identity = moduleFunction<typeof import("../work/identity.ts")>(
  new URL("../work/identity.ts", import.meta.url),
  "identity",
);

const backend = new ConcurrentExecutionBackend({ maxConcurrency: readSettings().parallelism });
await using session = new Session({ backends: [backend] });
await measureRate((tasks) =>
  runTasks(session, tasks, (index) => new ComputeTask({ function: identity, args: [index] })),
);
