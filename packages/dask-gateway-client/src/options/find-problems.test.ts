import { describe, expect, it } from "vitest";
import type { ClusterOption } from "./cluster-option.ts";
import { findProblems } from "./find-problems.ts";

const OPTIONS: readonly ClusterOption[] = [
  { field: "cores", label: "Cores", default: 1, spec: { type: "int", minimum: 1, maximum: 4 } },
  { field: "memory", label: "Memory", default: 1, spec: { type: "float", minimum: 0.5 } },
  { field: "image", label: "Image", default: "a", spec: { type: "select", choices: ["a", "b"] } },
  { field: "debug", label: "Debug", default: false, spec: { type: "bool" } },
  { field: "label", label: "Label", default: "", spec: { type: "string" } },
  { field: "environment", label: "Environment", default: {}, spec: { type: "mapping" } },
  { field: "future", label: "Future", default: null },
];

describe("findProblems", () => {
  it("finds none in values that the gateway takes", () => {
    const values = { cores: 4, memory: 9.5, image: "b", debug: true, label: "x", environment: { A: "1" }, future: [1] };

    expect(findProblems(values, OPTIONS)).toEqual([]);
  });

  it("tells what each option takes, and what it was given, unless that may hold a secret", () => {
    const values = {
      cores: 1.5,
      memory: 0,
      image: "c",
      debug: 1,
      label: { token: "abc" },
      environment: ["abc"],
      gpus: 1,
    };

    expect(findProblems(values, OPTIONS)).toEqual([
      "cores: has to be a whole number, at least 1, at most 4, is 1.5",
      "memory: has to be a number, at least 0.5, is 0",
      'image: has to be one of "a", "b", is "c"',
      "debug: has to be true or false, is 1",
      "label: has to be a text, is an object",
      "environment: has to be an object, is a list",
      "gpus: no such option; there are cores, memory, image, debug, label, environment, future",
    ]);
  });
});
