import { describe, expect, it } from "vitest";
import { runContender } from "../run/contender-process.ts";
import { runComparison } from "../run/run-comparison.ts";
import { selectComparisons } from "../run/select.ts";
import { startEngine } from "../run/start-engine.ts";
import { comparisons } from "./index.ts";

const tiny = selectComparisons(comparisons, { only: [], scale: 0.001, upstream: false });

describe.each(tiny)("$name", (comparison) => {
  it("runs each contender but upstream's and gives its lines numbers", async () => {
    const { engine: name } = comparison;
    // The real server takes minutes to start, and these are about the contenders.
    await using engine = await startEngine({ ...comparison, ...(name === "vllm" && { engine: "stub" }) }, "dask");
    const outcome = await runComparison(comparison, {
      rounds: 1,
      run: (contender) => runContender(contender, { nodeFlags: [], engine: engine.settings }),
    });

    expect(outcome.lines).toHaveLength(comparison.lines.length);
    for (const { measured, against, ratio } of outcome.lines) {
      expect([measured, against, ratio]).not.toContain(NaN);
    }
  });
});
