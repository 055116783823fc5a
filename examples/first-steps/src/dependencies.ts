/** A task that waits for another one: described as in AsyncFlow, with `dependencies` by uid. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";

const dataset = join(import.meta.dirname, "../data/dataset.csv");
const prepData = join(import.meta.dirname, "programs/prep-data.ts");
const analyze = join(import.meta.dirname, "programs/analyze.ts");

// The two programs know each other's files by name only, so they share a directory.
const workingDirectory = await mkdtemp(join(tmpdir(), "rhapsody-dependencies-"));

const backend = new ConcurrentExecutionBackend();
backend.registerCallback((task, state) => console.log(`${task.uid}: ${state}`));

const [preparation, analysis] = await backend.submitTasks([
  {
    uid: "data_prep",
    executable: process.execPath,
    arguments: [prepData, "--input", dataset],
    workingDirectory,
  },
  {
    uid: "analysis",
    executable: process.execPath,
    arguments: [analyze, "--input", "prepared_data.csv"],
    workingDirectory,
    // Starts once `data_prep` is DONE. Had that failed, this task would not run, and would say why.
    dependencies: ["data_prep"],
  },
]);

console.log((await preparation).stdout.trim());
console.log((await analysis).stdout.trim());

await backend.shutdown();
await rm(workingDirectory, { recursive: true });
