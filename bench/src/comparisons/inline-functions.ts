import type { Comparison } from "../comparison.ts";
import { compareRates } from "./rates.ts";

/** Async functions of the host program; upstream gives each a thread and an event loop of its own. */
export const inlineFunctions: Comparison = compareRates({
  name: "inline",
  title: "inline async functions, 2,000, four at a time",
  settings: { tasks: 2_000, parallelism: 4 },
  ours: "rhapsody/inline-functions.ts",
  peers: [{ name: "upstream", runtime: "upstream", program: "upstream/async_functions.py", goal: { atLeast: 30 } }],
});
