import type { Comparison, Goal } from "../comparison.ts";
import { compareRates } from "./rates.ts";

/** The session's own cost: tasks that nothing runs, built, submitted and waited for. */
export const noop10k: Comparison = noop("noop-10k", 10_000);

/** As {@link noop10k}, ten times as many. */
export const noop100k: Comparison = noop("noop-100k", 100_000, { atLeast: 8 });

function noop(name: string, tasks: number, goal?: Goal): Comparison {
  return compareRates({
    name,
    title: `no-op tasks built, submitted and waited for, ${tasks.toLocaleString("en")}`,
    settings: { tasks },
    ours: "rhapsody/noop.ts",
    peers: [
      { name: "upstream", runtime: "upstream", program: "upstream/noop.py", ...(goal !== undefined && { goal }) },
      { name: "bare promises", runtime: "node", program: "bare/promises.ts" },
    ],
  });
}
