import type { Comparison } from "../comparison.ts";
import { compareRates } from "./rates.ts";

/** Programs that end at once, output captured, four at a time. */
export const executables: Comparison = compareRates({
  name: "executables",
  title: "/bin/true with captured output, 2,000, four at a time",
  settings: { tasks: 2_000, warmUp: 200, parallelism: 4 },
  ours: "rhapsody/executables.ts",
  peers: [
    { name: "upstream", runtime: "upstream", program: "upstream/executables.py", goal: { atLeast: 1.5 } },
    { name: "xargs -P4", runtime: "node", program: "bare/xargs.ts", goal: { atLeast: 0.8 } },
    { name: "node:child_process", runtime: "node", program: "bare/child-process.ts" },
  ],
});
