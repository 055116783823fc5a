import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("runs each task on the backend that it names, and the other on the first", async () => {
  const lines = await runExample("two-backends.ts");

  expect(lines).toEqual(["Task 1 ran on: local_cpu", "Task 2 ran on: remote_sim", "Task 3 ran on: local_cpu"]);
});
