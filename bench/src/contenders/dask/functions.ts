import { ComputeTask, pythonFunction } from "@rhapsody/core";
import { measureRate } from "../contender.ts";
import { runTasks } from "../rhapsody/run-tasks.ts";
import { openSession } from "./open-session.ts";

const identity = pythonFunction<number>("operator:pos");

await using session = openSession();
await measureRate((tasks) =>
  runTasks(session, tasks, (index) => new ComputeTask({ function: identity, args: [index] })),
);
