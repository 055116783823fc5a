import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("ends ten workflows of three tasks, each with what its tasks gave", async () => {
  const lines = await runExample("three-tasks.ts");

  expect(lines.slice(0, -1).toSorted()).toEqual(
    Array.from({ length: 10 }, (_, id) => `workflow ${id}: sum 499500, 500 even numbers`),
  );
  expect(lines.at(-1)).toBe("30 tasks done");
});

it("gives the same when the tasks are programs", async () => {
  expect(await runExample("three-programs.ts")).toEqual(["sum 499500, 500 even numbers"]);
});
