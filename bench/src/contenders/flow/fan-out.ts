import { measureRate } from "../contender.ts";
import { check, openFlow } from "./open-flow.ts";

await using flow = await openFlow();
const identity = flow.functionTask(async (value: number) => value);

await measureRate(async (count) => {
  const values = await Promise.all(Array.from({ length: count }, (_, index) => identity(index)));
  for (const [index, value] of values.entries()) check(value, index);
});
