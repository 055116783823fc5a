import { measureRate } from "../contender.ts";
import { check, openFlow } from "./open-flow.ts";

await using flow = await openFlow();
const identity = flow.functionTask(async (value: number) => value);
const add = flow.functionTask(async (left: number, right: number) => left + right);

async function workflow(index: number): Promise<void> {
  check(await add(identity(index), identity(1)), index + 1);
}

// Each has three tasks. At most 1,000 at once.
await measureRate(async (count) => {
  for (let left = Math.ceil(count / 3); left > 0; left -= 1_000) {
    await Promise.all(Array.from({ length: Math.min(left, 1_000) }, (_, index) => workflow(index)));
  }
});
