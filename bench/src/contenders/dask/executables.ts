import { ComputeTask } from "@rhapsody/core";
import { measureRate } from "../contender.ts";
import { runTasks } from "../rhapsody/run-tasks.ts";
import { openSession } from "./open-session.ts";

await using session = openSession();
await measureRate((tasks) =>
  runTasks(session, tasks, (index) => new ComputeTask({ executable: "/bin/echo", arguments: [String(index)] })),
);
