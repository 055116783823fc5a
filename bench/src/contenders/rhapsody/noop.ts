import { ComputeTask, NoopExecutionBackend, Session } from "@rhapsody/core";
import { measureRate } from "../contender.ts";
import { runTasks } from "./run-tasks.ts";

const nothing = async (): Promise<void> => {};

await using session = new Session({ backends: [new NoopExecutionBackend()] });
await measureRate((tasks) => runTasks(session, tasks, () => new ComputeTask({ function: nothing })));
