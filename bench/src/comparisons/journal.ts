import type { Comparison } from "../comparison.ts";
import { compareRates } from "./rates.ts";

const BARE = "bare node:sqlite";
const WITHOUT = { name: "without a journal", runtime: "node", settings: { journal: false } } as const;

const noop = compareRates({
  name: "journal-noop",
  title: "no-op tasks of a session with a journal, 100,000",
  settings: { tasks: 100_000, journal: true },
  ours: "rhapsody/noop.ts",
  peers: [
    { ...WITHOUT, program: "rhapsody/noop.ts" },
    { name: BARE, runtime: "node", program: "journal/insert-rows.ts" },
  ],
});

/** What it costs to write everything down: no-op tasks do nothing else. */
export const journalNoop: Comparison = {
  ...noop,
  lines: [
    ...noop.lines,
    {
      measured: { contender: "rhapsody", figure: "tasksPerSecond" },
      against: { name: "40,000 tasks/s", value: 40_000 },
      goal: { atLeast: 1 },
    },
  ],
};

/** What it costs where programs are started. */
export const journalExecutables: Comparison = compareRates({
  name: "journal-executables",
  title: "/bin/true with captured output and a journal, 5,000, four at a time",
  settings: { tasks: 5_000, warmUp: 500, parallelism: 4, journal: true },
  ours: "rhapsody/executables.ts",
  peers: [{ ...WITHOUT, program: "rhapsody/executables.ts", goal: { atLeast: 0.95 } }],
});

const RESUME = "Session.resume";

/** How long it takes until a session of an earlier process goes on. */
export const resume: Comparison = {
  name: "resume",
  title: "a session of 100,000 tasks resumed; its rows read",
  contenders: [
    { name: RESUME, runtime: "node", program: "journal/resume.ts", settings: { tasks: 100_000, warmUp: 10_000 } },
    { name: BARE, runtime: "node", program: "journal/read-rows.ts", settings: { tasks: 100_000, warmUp: 10_000 } },
  ],
  lines: ["msWhenDone", "msWhenUndone"].map((figure) => ({
    measured: { contender: RESUME, figure },
    against: { contender: BARE, figure },
  })),
};

const HELD = { runtime: "node", program: "rhapsody/memory.ts", flags: ["--expose-gc"] } as const;
const figure = "bytesPerUnsettledTask";

/** What a journal adds to the memory of a task. */
export const journalMemory: Comparison = {
  name: "journal-memory",
  title: "resident memory of each of 200,000 tasks of a session with a journal",
  contenders: [
    { ...HELD, name: "rhapsody", settings: { tasks: 200_000, warmUp: 10_000, journal: true } },
    { ...HELD, name: WITHOUT.name, settings: { tasks: 200_000, warmUp: 10_000 } },
  ],
  lines: [{ measured: { contender: "rhapsody", figure }, against: { contender: WITHOUT.name, figure } }],
};
