// A host of its own that leaves a session open with nothing under way.
import { ComputeTask, moduleFunction, Session } from "@rhapsody/core";
import { ConcurrentExecutionBackend } from "../index.ts";

const [workDir = "", isolation = ""] = process.argv.slice(2);
const backend = new ConcurrentExecutionBackend({
  isolation: isolation === "process" ? "process" : "thread",
  resources: { gpus: 0 },
});
const session = new Session({ backends: [backend], workDir });
const url = new URL("./functions.ts", import.meta.url);
const add = new ComputeTask({
  function: moduleFunction<typeof import("./functions.ts"), "add">(url, "add"),
  args: [1, 1],
});
const echo = new ComputeTask({ executable: "echo", arguments: [add] });
await session.submitTasks([add, echo]);
process.stdout.write((await echo).stdout);
