import type { Comparison } from "../comparison.ts";
import { compareRates } from "./rates.ts";

/** Functions of a module in four workers; upstream runs them in four threads that share one interpreter. */
export const moduleFunctions: Comparison = compareRates({
  name: "module",
  title: "module functions, 20,000, four workers",
  settings: { tasks: 20_000, parallelism: 4 },
  ours: "rhapsody/module-functions.ts",
  peers: [
    { name: "upstream", runtime: "upstream", program: "upstream/functions.py" },
    { name: "bare pool", runtime: "node", program: "bare/worker-pool.ts", goal: { atLeast: 0.8 } },
  ],
});
