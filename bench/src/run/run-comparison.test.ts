import { expect, it } from "vitest";
import type { Comparison, Contender } from "../comparison.ts";
import { runComparison } from "./run-comparison.ts";

const contender = (name: string): Contender => ({ name, runtime: "node", program: "", settings: { tasks: 1 } });

const comparison: Comparison = {
  name: "speed",
  title: "speed",
  contenders: [contender("ours"), contender("theirs"), contender("bare")],
  lines: [
    {
      measured: { contender: "ours", figure: "rate" },
      against: { contender: "theirs", figure: "rate" },
      goal: { atLeast: 2 },
    },
    { measured: { contender: "ours", figure: "rate" }, against: { name: "limit", value: 10 }, goal: { atMost: 1 } },
  ],
};

const rates: Readonly<Record<string, readonly number[]>> = { ours: [20, 4, 30], theirs: [10, 1, 15], bare: [1, 1, 1] };

it("lets the contenders take turns, each round beginning with the next one", async () => {
  const order: string[] = [];

  await runComparison(comparison, {
    rounds: 3,
    run: async ({ name }) => {
      order.push(name);
      return { rate: 1 };
    },
  });

  expect(order.join(" ")).toBe("ours theirs bare theirs bare ours bare ours theirs");
});

it("compares round by round, so that a round that is slow for all changes nothing", async () => {
  const { lines } = await runComparison(comparison, {
    rounds: 3,
    run: async ({ name }, round) => ({ rate: rates[name]![round]! }),
  });

  expect(lines[0]).toMatchObject({ measured: 20, against: 10, ratio: 2, range: [2, 4], reached: true });
  expect(lines[1]).toMatchObject({ measured: 20, against: 10, ratio: 2, range: [0.4, 3], reached: false });
});
