import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("finds the best one in nested blocks, and ends the member of a block that fails", async () => {
  expect(await runExample("blocks.ts")).toEqual([
    "best: caffeine, -18",
    expect.stringMatching(/^failed: .*no such molecule$/),
    "its member: CANCELLED",
    "3 blocks in the first one",
  ]);
});
