import type { Comparison } from "../comparison.ts";

const HELD = "unsettled";

/** What a task keeps in memory until it settles, its task object and a waiter included, and what is left of it afterwards. */
export const memory: Comparison = {
  name: "memory",
  title: "resident memory of each of 1,000,000 tasks that a backend holds",
  contenders: [
    {
      name: HELD,
      runtime: "node",
      program: "rhapsody/memory.ts",
      flags: ["--expose-gc"],
      settings: { tasks: 1_000_000, warmUp: 10_000 },
    },
  ],
  lines: [
    {
      measured: { contender: HELD, figure: "bytesPerUnsettledTask" },
      against: { name: "1.5 KiB", value: 1536 },
      goal: { atMost: 1 },
    },
    {
      measured: { contender: HELD, figure: "bytesPerReleasedTask" },
      against: { contender: HELD, figure: "bytesPerUnsettledTask" },
      goal: { atMost: 0.2 },
    },
  ],
};
