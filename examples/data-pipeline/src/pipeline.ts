import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ComputeTask, moduleFunction } from "@rhapsody/core";
import type { Results } from "./results.ts";

/** The tasks of one run: ingest → process → analyse. */
export interface Pipeline {
  readonly ingest: readonly ComputeTask<string>[];
  readonly process: ComputeTask<string>;
  readonly analyze: ComputeTask<Results>;
}

/** Describes the tasks; nothing runs before they are submitted. */
export function buildPipeline(input: string, directory: string, shards: number): Pipeline {
  const ingest = Array.from(
    { length: shards },
    (_, shard) =>
      new ComputeTask({
        uid: `ingest_${shard}`,
        executable: process.execPath,
        arguments: [
          program("ingest.ts"),
          `--input=${input}`,
          `--output=${join(directory, `flights_${shard}.csv`)}`,
          `--shard=${shard}`,
          `--shards=${shards}`,
        ],
      }),
  );

  // A task among the arguments stands for what it printed, and is waited for.
  const processAll = new ComputeTask({
    uid: "process_all",
    executable: process.execPath,
    arguments: [program("process.ts"), `--output=${join(directory, "flights_by_hour.json")}`, ...ingest],
  });

  // The types follow: `analyze` takes what the process stage gives, and gives Results.
  const analyze = new ComputeTask({
    uid: "analyze",
    function: moduleFunction<typeof import("./stages/analyze.ts")>(
      new URL("./stages/analyze.ts", import.meta.url),
      "analyze",
    ),
    args: ["vega-datasets/data/flights-200k.json", processAll],
  });

  return { ingest, process: processAll, analyze };
}

/** The tasks in the order of their stages. */
export function tasksOf({ ingest, process, analyze }: Pipeline): readonly ComputeTask[] {
  return [...ingest, process, analyze];
}

/** The 200,000 flights, as npm installed them. */
export function flightsFile(): string {
  return fileURLToPath(new URL("../data/flights-200k.json", import.meta.resolve("vega-datasets")));
}

function program(file: string): string {
  return join(import.meta.dirname, "stages", file);
}
