import type { Comparison } from "../comparison.ts";
import { compareRates } from "./rates.ts";

/** Upstream's own benchmark of task objects, its `test_task_creation_performance`. Ours are checked later, in `submitTasks`; theirs at once. */
export const createTasks: Comparison = compareRates({
  name: "create",
  title: "task objects built into a list, 100,000",
  settings: { tasks: 100_000 },
  ours: "rhapsody/create-tasks.ts",
  peers: [{ name: "upstream", runtime: "upstream", program: "upstream/create_tasks.py" }],
});
