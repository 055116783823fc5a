import { setTimeout as delay } from "node:timers/promises";
import { measureRate, readSettings } from "../contender.ts";
import { check, openFlow } from "./open-flow.ts";

const { taskMs } = readSettings();

await using flow = await openFlow();
const step = flow.functionTask(async (value: number) => {
  if (taskMs > 0) await delay(taskMs);
  return value + 1;
});

await measureRate(async (count) => {
  let last = step(0);
  for (let hop = 1; hop < count; hop += 1) last = step(last);
  check(await last, count);
});
