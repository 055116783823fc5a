import { expect, it } from "vitest";
import { inheritedNodeOptions } from "./node-options.ts";

it.each([
  [["--conditions=x", "--import", "tsx", "--max-old-space-size=40", "-r", "./hook.cjs"]],
  [["--enable-source-maps", "--no-warnings"]],
])("hands on what says how to run code: %j", (options) => {
  expect(inheritedNodeOptions(options)).toEqual(options);
});

it.each([
  [["-e", "1 + 1"]],
  [["--print", "process.argv"]],
  [["--input-type=module", "--eval", "code"]],
  [["--inspect-brk=0", "--inspect"]],
  [["--watch", "--watch-path", "./src"]],
  [["--test", "--test-reporter=spec"]],
  [["--cpu-prof", "--cpu-prof-dir=x"]],
])("keeps back what is about this process alone: %j", (options) => {
  expect(inheritedNodeOptions(["--conditions=x", ...options, "--no-warnings"])).toEqual([
    "--conditions=x",
    "--no-warnings",
  ]);
});
