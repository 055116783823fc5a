/** A Monte Carlo loop that decides from its results how many more tasks it needs: an estimate of π with a given standard error. */
import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";

/** Standard error to reach, points for each task, and most tasks at a time. */
const TOLERANCE = 0.004;
const POINTS = 5_000;
const AT_ONCE = 16;

await using flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend() });

/** Counts points of a square that lie in its circle, of a generator of this seed. In worker threads, so that all cores work. */
const countInside = flow.moduleTask<typeof import("./count-inside.ts")>(new URL("./count-inside.ts", import.meta.url))(
  "countInside",
);

/** Estimates π from shares, with the standard error. */
function estimate(counts: readonly number[]): { pi: number; error: number } {
  const points = counts.length * POINTS;
  const share = counts.reduce((sum, count) => sum + count, 0) / points;
  return { pi: 4 * share, error: 4 * Math.sqrt((share * (1 - share)) / points) };
}

const counts: number[] = [];
for (let round = 1, more = 4; more > 0; round += 1) {
  const seeds = Array.from({ length: more }, (_, n) => counts.length + n + 1);
  counts.push(...(await countInside.map(seeds.map((seed) => ({ seed, points: POINTS })))));
  const { pi, error } = estimate(counts);
  console.log(`round ${round}: ${counts.length} tasks, π ≈ ${pi.toFixed(3)} ± ${error.toFixed(4)}`);
  // The error falls with the square root of the number of points.
  const needed = Math.ceil(counts.length * (error / TOLERANCE) ** 2);
  more = Math.min(AT_ONCE, needed - counts.length);
}
