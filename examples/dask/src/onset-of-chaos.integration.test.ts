import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("finds where the logistic map becomes chaotic", async () => {
  const lines = await runExample("onset-of-chaos.ts");

  expect(lines).toHaveLength(4);
  // Feigenbaum's accumulation point is 3.5699…
  expect(lines.at(-1)).toBe("onset at r = 3.57");
});
