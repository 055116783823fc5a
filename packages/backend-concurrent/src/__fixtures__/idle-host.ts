// A host of its own that loses a worker, goes on, and leaves its session open with nothing under way.
import { ComputeTask, moduleFunction, Session } from "@rhapsody/core";
import { ConcurrentExecutionBackend } from "../index.ts";

const [workDir = "", isolation = ""] = process.argv.slice(2);
const backend = new ConcurrentExecutionBackend({
  isolation: isolation === "process" ? "process" : "thread",
  resources: { gpus: 0 },
});
const session = new Session({ backends: [backend], workDir });
const url = new URL("./functions.ts", import.meta.url);
const exit = new ComputeTask({
  function: moduleFunction<typeof import("./functions.ts"), "exit">(url, "exit"),
  args: [1],
});
const add = new ComputeTask({
  function: moduleFunction<typeof import("./functions.ts"), "add">(url, "add"),
  args: [1, 1],
});
const echo = new ComputeTask({ executable: "echo", arguments: [add] });
await session.submitTasks([exit]);
await exit.settled();
await session.submitTasks([add, echo]);
process.stdout.write((await echo).stdout);
