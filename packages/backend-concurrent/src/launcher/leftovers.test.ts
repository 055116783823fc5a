import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { killLeftovers } from "./leftovers.ts";

it("looks for what a launcher left, and keeps no descriptor", async () => {
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  const before = descriptors();

  const survivors = await killLeftovers("no such launcher");

  expect(survivors).toEqual([]);
  expect(descriptors()).toBe(before);
});
