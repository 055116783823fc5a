/**
 * A campaign that survives its process: start it again with the same journal, and it goes on where it was.
 *
 * Try Ctrl-C or `kill -9` while it runs.
 */
import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { Session } from "@rhapsody/core";

await using session = await Session.resume(process.argv[2] ?? "campaign.db", {
  create: true,
  // This program makes its calls anew each time: what had not ended runs when it is called.
  unfinished: "wait",
  backends: [new ConcurrentExecutionBackend()],
});
// Calls are numbered from the engine's uid on: the same calls in the same order are the same tasks.
await using flow = await WorkflowEngine.create({ session, uid: "campaign" });

/** Stands for a program that computes for hours. */
const simulate = flow.executableTask(
  (step: number, before: string) => {
    console.log(`step ${step} runs`);
    return `sleep 0.3; echo ${Number(before) + step}`;
  },
  { shell: true },
);

let total = "0";
for (let step = 1; step <= 6; step += 1) {
  total = await simulate(step, total);
  console.log(`step ${step} done: ${total.trim()}`);
}
