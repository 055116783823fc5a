/**
 * Training on one GPU, then inference on another, each told by its environment which one is its own.
 *
 * The programs only print what they were given, so this runs without a GPU.
 */
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { Session } from "@rhapsody/core";

/** Stands for a program that computes on a GPU. */
function sayGpu(what: string): string {
  return `console.log("${what} on GPU", process.env.CUDA_VISIBLE_DEVICES)`;
}

await using session = new Session({ backends: [new ConcurrentExecutionBackend()] });

const futures = await session.submitTasks([
  {
    uid: "training",
    executable: process.execPath,
    arguments: ["--eval", sayGpu("training")],
    environment: { CUDA_VISIBLE_DEVICES: "0" },
  },
  {
    uid: "inference",
    executable: process.execPath,
    arguments: ["--eval", sayGpu("inference")],
    dependencies: ["training"],
    environment: { CUDA_VISIBLE_DEVICES: "1" },
  },
]);

// `settled` never rejects: a failure is a state like the others, with its error beside it.
for (const future of futures) {
  const { uid, state, stdout, error } = await future.settled();
  console.log(`${uid}: ${state}, ${error?.message ?? stdout.trim()}`);
}
