import { expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";

it.each([
  ["2024.1", "2024.1.0", 0],
  ["2024.10.1", "2024.9", 1],
  ["3.9.18", "3.10", -1],
  ["1.0rc1", "1.0", 0],
  ["v2.1+local", "2", 1],
])("compares %s and %s", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
