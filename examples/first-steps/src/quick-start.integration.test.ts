import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("prints what both programs printed, then each state in the order of each task", async () => {
  const lines = await runExample("quick-start.ts");

  expect(lines.slice(0, 2)).toEqual(["Hello, RHAPSODY!", "Task 2 complete"]);
  expect(lines.slice(2).filter((line) => line.startsWith("task_1"))).toEqual(["task_1: RUNNING", "task_1: DONE"]);
  expect(lines.slice(2).filter((line) => line.startsWith("task_2"))).toEqual(["task_2: RUNNING", "task_2: DONE"]);
  expect(lines).toHaveLength(6);
});
