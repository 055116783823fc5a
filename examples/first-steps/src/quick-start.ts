/** Two programs on one backend: the shortest way in, without a session in sight. */
import { getBackend, type TasksMainState } from "@rhapsody/core";

// The default backend runs programs and functions on this machine.
const backend = await getBackend("concurrent");

// Called with each task and the state that it has just reached.
const seen: [uid: string, state: TasksMainState][] = [];
backend.registerCallback((task, state) => void seen.push([task.uid, state]));

const futures = await backend.submitTasks([
  { uid: "task_1", executable: "echo", arguments: ["Hello, RHAPSODY!"] },
  { uid: "task_2", executable: process.execPath, arguments: ["--eval", "console.log('Task 2 complete')"] },
]);

// Both run at the same time. What a program printed is its value.
const [hello, complete] = await Promise.all(futures);
console.log(hello.returnValue.trim());
console.log(complete.returnValue.trim());

for (const [uid, state] of seen) console.log(`${uid}: ${state}`);

await backend.shutdown();
