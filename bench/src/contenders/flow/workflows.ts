import { measureRate } from "../contender.ts";
import { check, openFlow } from "./open-flow.ts";

await using flow = await openFlow();
const identity = flow.functionTask(async (value: number) => value);
const add = flow.functionTask(async (left: number, right: number) => left + right);

async function workflow(index: number): Promise<void> {
  check(await add(identity(index), identity(1)), index + 1);
}

// Each has three tasks.
await measureRate(async (count) => {
  await Promise.all(Array.from({ length: Math.ceil(count / 3) }, (_, index) => workflow(index)));
});
