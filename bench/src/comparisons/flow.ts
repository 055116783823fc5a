import type { Comparison, ContenderSettings, Goal } from "../comparison.ts";
import { compareRates } from "./rates.ts";

const UPSTREAM = "asyncflow";

/** Calls that do not depend on each other, gathered. */
export const flowFanOut: Comparison = compareFlows({
  name: "flow-fan-out",
  title: "no-op calls gathered, 10,000 at once, five times",
  settings: { tasks: 50_000, backend: "noop" },
  program: "fan-out",
  goal: { atLeast: 10 },
});

/** How long it takes from the end of a task to the end of the one that waits for it. */
export const flowChain: Comparison = compareFlows({
  name: "flow-chain",
  title: "no-op calls of which each waits for the one before, 1,000",
  settings: { tasks: 1_000, warmUp: 100, backend: "noop" },
  program: "chain",
  goal: { atLeast: 20 },
});

/** Workflows at the same time, two tasks and one that takes the values of both. */
export const flowWorkflows: Comparison = compareFlows({
  name: "flow-workflows",
  title: "workflows of three no-op calls, 1,000 at once, five times",
  settings: { tasks: 15_000, backend: "noop" },
  program: "workflows",
});

/** As {@link flowWorkflows}, with functions that run: on the event loop, and in upstream's threads. */
export const flowFunctions: Comparison = compareFlows({
  name: "flow-functions",
  title: "workflows of three async functions at once, 1,000, four functions at a time",
  settings: { tasks: 3_000, backend: "local", parallelism: 4 },
  program: "workflows",
});

const TASK_MS = 50;

const waits = compareFlows({
  name: "flow-waits",
  title: `async functions of ${TASK_MS} ms of which each waits for the one before, 6`,
  settings: { tasks: 6, taskMs: TASK_MS, backend: "local", parallelism: 4 },
  program: "chain",
});

/** What a workflow takes longer than its tasks. */
export const flowWaits: Comparison = {
  ...waits,
  lines: [
    ...waits.lines,
    {
      measured: { contender: "rhapsody", figure: "microsecondsPerTask" },
      against: { name: `${TASK_MS} ms`, value: TASK_MS * 1e3 },
      goal: { atMost: 1.1 },
    },
  ],
};

const SETTINGS = { tasks: 200_000, warmUp: 20_000, backend: "noop" } as const;
const HELD = "rhapsody";

/** What a call keeps in memory until it settles, its handle and a waiter included, and what is left once nobody holds the handle. */
export const flowMemory: Comparison = {
  name: "flow-memory",
  title: "resident memory of each of 200,000 calls, and what their end leaves of it",
  contenders: [
    { name: HELD, runtime: "node", program: "flow/memory.ts", flags: ["--expose-gc"], settings: SETTINGS },
    { name: UPSTREAM, runtime: "upstream", program: "upstream/flow_memory.py", settings: SETTINGS },
  ],
  lines: [
    {
      measured: { contender: HELD, figure: "bytesPerReleasedTask" },
      against: { contender: HELD, figure: "bytesPerUnsettledTask" },
      goal: { atMost: 0.2 },
    },
    {
      measured: { contender: HELD, figure: "bytesPerReleasedTask" },
      against: { contender: UPSTREAM, figure: "bytesPerReleasedTask" },
    },
  ],
};

interface FlowComparison extends Pick<Comparison, "name" | "title"> {
  readonly settings: ContenderSettings;
  /** Name of the programs of both sides. */
  readonly program: string;
  readonly goal?: Goal;
}

function compareFlows({ program, goal, ...comparison }: FlowComparison): Comparison {
  return compareRates({
    ...comparison,
    ours: `flow/${program}.ts`,
    peers: [
      {
        name: UPSTREAM,
        runtime: "upstream",
        program: `upstream/flow_${program.replace("-", "_")}.py`,
        ...(goal !== undefined && { goal }),
      },
    ],
  });
}
