// A host of its own: runs as many programs as it is told, all handed over at once, and prints how they ended.
import { ComputeTask, Session } from "@rhapsody/core";
import { ConcurrentExecutionBackend } from "../index.ts";

const count = Number(process.argv[2]);
const backend = new ConcurrentExecutionBackend({ resources: { gpus: 0 } });
await using session = new Session({ backends: [backend], workDir: process.argv[3] });
const tasks = Array.from({ length: count }, (_, index) => {
  // Without a core of its own, nothing but the limits of the system keeps a task from running at once.
  return new ComputeTask({ executable: "/bin/echo", arguments: [index], resources: { cores: 0 }, uid: `t${index}` });
});
await session.submitTasks(tasks);
const results = await Promise.all(tasks.map((task) => task.settled()));
const right = results.filter(({ state, stdout }, index) => state === "DONE" && stdout === `${index}\n`);
process.stdout.write(JSON.stringify({ right: right.length, error: results.find(({ error }) => error)?.error?.message }));
