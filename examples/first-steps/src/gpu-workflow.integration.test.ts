import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

it("gives each program its own GPU, training before inference", async () => {
  const lines = await runExample("gpu-workflow.ts");

  expect(lines).toEqual(["training: DONE, training on GPU 0", "inference: DONE, inference on GPU 1"]);
});
