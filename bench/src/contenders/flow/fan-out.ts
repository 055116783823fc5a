import { measureRate } from "../contender.ts";
import { check, openFlow } from "./open-flow.ts";

await using flow = await openFlow();
const identity = flow.functionTask(async (value: number) => value);

async function fanOut(width: number): Promise<void> {
  const values = await Promise.all(Array.from({ length: width }, (_, index) => identity(index)));
  for (const [index, value] of values.entries()) check(value, index);
}

// At most 10,000 at once, one fan-out after the other.
await measureRate(async (count) => {
  for (let left = count; left > 0; left -= 10_000) await fanOut(Math.min(left, 10_000));
});
