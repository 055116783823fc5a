import type { Comparison, Contender } from "../comparison.ts";

const FEW = "100,000 at once";
const MANY = "1,000,000 at once";

/** Whether a task costs the same in a crowd. */
export const million: Comparison = {
  name: "million",
  title: "time for each no-op task, with ten times as many at once",
  contenders: [noop(MANY, 1_000_000), noop(FEW, 100_000)],
  lines: [
    {
      measured: { contender: MANY, figure: "microsecondsPerTask" },
      against: { contender: FEW, figure: "microsecondsPerTask" },
      goal: { atMost: 1.3 },
    },
  ],
};

function noop(name: string, tasks: number): Contender {
  return { name, runtime: "node", program: "rhapsody/noop.ts", settings: { tasks, warmUp: 100_000 } };
}
