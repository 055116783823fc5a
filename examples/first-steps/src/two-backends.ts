/** One session over two backends: each task names the one to run on, or leaves the choice to the session. */
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { ComputeTask, Session } from "@rhapsody/core";

// Both are this machine. The second one stands for a remote one.
const localCpu = new ConcurrentExecutionBackend({ name: "local_cpu" });
const remoteSim = new ConcurrentExecutionBackend({ name: "remote_sim" });

await using session = new Session({ backends: [localCpu, remoteSim] });

const first = new ComputeTask({ executable: "hostname", backend: "local_cpu" });
const second = new ComputeTask({ executable: "hostname", backend: "remote_sim" });
// Names none: runs on the first backend of the session that can run it.
const third = new ComputeTask({ executable: "hostname" });

await session.submitTasks([first, second, third]);
await Promise.all([first, second, third]);

console.log(`Task 1 ran on: ${first.backend}`);
console.log(`Task 2 ran on: ${second.backend}`);
console.log(`Task 3 ran on: ${third.backend}`);
