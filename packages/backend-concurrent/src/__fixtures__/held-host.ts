// A host of its own with programs and a function under way, for tests that interrupt and kill it. Its lifeline is held by all of them.
import { ComputeTask, moduleFunction, Session } from "@rhapsody/core";
import { ConcurrentExecutionBackend } from "../index.ts";

const [workDir = "", script = "", lifeline = ""] = process.argv.slice(2);
const backend = new ConcurrentExecutionBackend({ isolation: "process", maxConcurrency: 3, resources: { gpus: 0 } });
const session = new Session({ backends: [backend], workDir });
const url = new URL("./functions.ts", import.meta.url);
const spin = moduleFunction<typeof import("./functions.ts")>(url, "spinHolding");
const tasks = [
  new ComputeTask({ executable: "/bin/sh", arguments: ["-c", script] }),
  new ComputeTask({ function: spin, args: [lifeline] }),
];
await session.submitTasks(tasks);
const ends = await Promise.all(tasks.map((task) => task.settled()));
process.stdout.write(ends.map(({ state }) => state).join(" "));
