import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { ComputeTask } from "@rhapsody/core";
import { measureRate, readSettings } from "../contender.ts";
import { openSession } from "./open-session.ts";
import { runTasks } from "./run-tasks.ts";

const backend = new ConcurrentExecutionBackend({ maxConcurrency: readSettings().parallelism });
await using session = openSession(backend);
await measureRate((tasks) =>
  runTasks(session, tasks, (index) => new ComputeTask({ executable: "/bin/true", arguments: [String(index)] })),
);
