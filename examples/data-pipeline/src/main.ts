/** Runs the pipeline from the command line. Exit code: 0 done, 1 a task failed, 2 wrong options. */
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { Session, type ComputeTask, type TaskResult } from "@rhapsody/core";
import { drawDelayChart } from "./chart/delay-chart.ts";
import { describeFindings } from "./findings.ts";
import { LiveTimeline } from "./live-timeline.ts";
import { HELP, parseOptions, type PipelineOptions } from "./options.ts";
import { buildPipeline, flightsFile, tasksOf } from "./pipeline.ts";
import { rowOf, timelineTable } from "./timeline.ts";
import { writeWhole } from "./write-whole.ts";

// pnpm runs scripts in the folder of the package and tells where it was called.
const workingDirectory = process.env["INIT_CWD"] ?? process.cwd();

// Whoever reads this may stop reading, as `head` does: the files are written all the same.
process.stdout.on("error", () => {});

const options = readOptions();
if (options?.help === true) process.stdout.write(HELP);
else if (options !== undefined) await main(options).catch((error: unknown) => complain(error, 1));

async function main({ shards, directory }: PipelineOptions): Promise<void> {
  await mkdir(directory, { recursive: true });
  const pipeline = buildPipeline(flightsFile(), directory, shards);
  const tasks = tasksOf(pipeline);

  const display = process.stderr.isTTY ? new LiveTimeline(process.stderr) : undefined;
  await using session = new Session({
    // Room for all shards at once, also on a machine with fewer cores.
    backends: [new ConcurrentExecutionBackend({ maxConcurrency: shards })],
    logger: display?.logger,
  });
  const results = await runAll(session, tasks, display);
  const took =
    Math.max(...results.map(({ times }) => times.finished)) - Math.min(...results.map(({ times }) => times.submitted));
  print(timelineTable(results.map(rowOf), Date.now(), process.stdout).join("\n"));

  const failure = results.find(({ error }) => error !== undefined)?.error;
  if (failure !== undefined) return complain(failure, 1);
  const { returnValue: findings } = await pipeline.analyze;
  const resultsFile = join(directory, "results.json");
  const chartFile = join(directory, "delay-by-hour.svg");
  await writeWhole(resultsFile, `${JSON.stringify(findings, undefined, 2)}\n`);
  await writeWhole(chartFile, drawDelayChart(findings));

  print(`\n${tasks.length} tasks DONE in ${(took / 1000).toFixed(1)} s\n\n${describeFindings(findings)}\n`);
  print(`results  ${relative(workingDirectory, resultsFile)}\nchart    ${relative(workingDirectory, chartFile)}`);
}

/** Runs tasks to their ends, whatever these are, and shows how they fare when somebody watches. */
async function runAll(
  session: Session,
  tasks: readonly ComputeTask[],
  display: LiveTimeline | undefined,
): Promise<readonly TaskResult[]> {
  const events = session.events();
  const shown = display?.follow(events);
  await session.submitTasks(tasks);
  print(`${tasks.length} tasks submitted`);
  const results = await session.waitTasks(tasks);
  await events.return();
  await shown;
  return results;
}

function readOptions(): PipelineOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2), workingDirectory);
  } catch (error) {
    complain(error, 2);
    process.stderr.write(`\n${HELP}`);
    return undefined;
  }
}

function complain(error: unknown, exitCode: number): void {
  process.exitCode = exitCode;
  process.stderr.write(`data-pipeline: ${error instanceof Error ? error.message : String(error)}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
