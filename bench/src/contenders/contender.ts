import type { ContenderSettings, EngineSettings, Sample } from "../comparison.ts";

/** What this process was told to do: its first argument. */
export function readSettings(): Required<ContenderSettings & EngineSettings> {
  // Written by the harness a moment ago; an engine is there where the comparison has one.
  const settings = JSON.parse(process.argv[2] ?? "{}") as ContenderSettings & EngineSettings;
  return {
    warmUp: settings.tasks,
    parallelism: Infinity,
    atOnce: Infinity,
    journal: false,
    backend: "noop",
    taskMs: 0,
    chunking: false,
    stream: false,
    answerTokens: 16,
    scheduler: "",
    python: "",
    server: "",
    model: "",
    ...settings,
  };
}

/** Runs a job once for warm-up and once against the clock, each time in waves of as many tasks as are wanted at once, and reports the second. */
export async function measureRate(wave: (tasks: number) => Promise<void>): Promise<void> {
  const { tasks, warmUp, atOnce } = readSettings();
  const job = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= atOnce) await wave(Math.min(left, atOnce));
  };
  await job(warmUp);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await job(tasks);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  reportSample({
    tasksPerSecond: (tasks * 1e3) / elapsedMs,
    microsecondsPerTask: (elapsedMs * 1e3) / tasks,
    cpuMicrosecondsPerTask: (user + system) / tasks,
  });
}

/** Ends the contender's part: the harness reads the last line of standard output. */
export function reportSample(sample: Sample): void {
  process.stdout.write(`${JSON.stringify(sample)}\n`);
}

/** Calls `run` for 0 to `count` - 1, `parallelism` calls at a time. */
export async function inLanes(
  count: number,
  parallelism: number,
  run: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await run(next - 1);
    }
  };
  await Promise.all(Array.from({ length: parallelism }, lane));
}
