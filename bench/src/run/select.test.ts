import { expect, it } from "vitest";
import { compareRates } from "../comparisons/rates.ts";
import { selectComparisons } from "./select.ts";

const all = ["noop-10k", "noop-100k", "module"].map((name) =>
  compareRates({
    name,
    title: name,
    settings: { tasks: 1_000, warmUp: 5, parallelism: 4 },
    ours: "ours.ts",
    peers: [
      { name: "upstream", runtime: "upstream", program: "theirs.py" },
      { name: "bare", runtime: "node", program: "bare.ts" },
    ],
  }),
);

it("takes comparisons by the beginning of their names", () => {
  const selected = selectComparisons(all, { only: ["noop"], scale: 1, upstream: true });

  expect(selected.map(({ name }) => name)).toEqual(["noop-10k", "noop-100k"]);
});

it("scales the tasks of every contender, to no fewer than one, and leaves the parallelism", () => {
  const [first] = selectComparisons(all, { only: [], scale: 0.01, upstream: true });

  expect(first?.contenders.map(({ settings }) => settings)).toEqual(
    Array.from({ length: 3 }, () => ({ tasks: 10, warmUp: 1, parallelism: 4 })),
  );
});

it("leaves out upstream together with its lines", () => {
  const [first] = selectComparisons(all, { only: [], scale: 1, upstream: false });

  expect(first?.contenders.map(({ name }) => name)).toEqual(["rhapsody", "bare"]);
  expect(first?.lines.map(({ against }) => against)).toEqual([{ contender: "bare", figure: "tasksPerSecond" }]);
});
