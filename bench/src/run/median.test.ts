import { expect, it } from "vitest";
import { median } from "./median.ts";

it.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[10, 9, 1, 2], 5.5],
  [[], NaN],
])("takes the middle of %j", (values, expected) => {
  expect(median(values)).toBe(expected);
});
