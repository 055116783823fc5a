import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("analyses the data only once they are prepared", async () => {
  const lines = await runExample("dependencies.ts");

  expect(lines.filter((line) => /: (RUNNING|DONE)$/.test(line))).toEqual([
    "data_prep: RUNNING",
    "data_prep: DONE",
    "analysis: RUNNING",
    "analysis: DONE",
  ]);
  expect(lines).toContain("kept 4 of 6 rows");
  expect(lines).toContain("mean temperature 20.75 °C");
});
