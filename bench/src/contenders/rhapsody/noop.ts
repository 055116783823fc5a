import { ComputeTask, NoopExecutionBackend } from "@rhapsody/core";
import { measureRate } from "../contender.ts";
import { openSession } from "./open-session.ts";
import { runTasks } from "./run-tasks.ts";

const nothing = async (): Promise<void> => {};

await using session = openSession(new NoopExecutionBackend());
await measureRate((tasks) => runTasks(session, tasks, () => new ComputeTask({ function: nothing })));
