// Everybody in one process, a wave at a time: what else the machine does within a second slows all of them alike.
import { median } from "../../run/median.ts";
import { readSettings, reportSample } from "../contender.ts";
import { openList } from "./clients/list.ts";
import { openOpenAI } from "./clients/openai.ts";
import { openRequests } from "./clients/requests.ts";
import { openTasks } from "./clients/tasks.ts";

const { tasks, warmUp, atOnce } = readSettings();
const wave = Math.min(tasks, atOnce);
const [warmUps, turns] = [warmUp, tasks].map((count) => Math.ceil(count / wave)) as [number, number];

await using opened = new AsyncDisposableStack();
const sides = [
  { name: "tasks", client: opened.use(openTasks()), rates: [] as number[] },
  { name: "batchesOf16", client: opened.use(openTasks(16)), rates: [] as number[] },
  { name: "batchesOf64", client: opened.use(openTasks(64)), rates: [] as number[] },
  { name: "list", client: opened.use(openList()), rates: [] as number[] },
  { name: "requests", client: opened.use(openRequests()), rates: [] as number[] },
  { name: "openai", client: opened.use(openOpenAI()), rates: [] as number[] },
];
for (let turn = 0; turn < warmUps + turns; turn += 1) {
  const first = turn % sides.length;
  for (const { client, rates } of [...sides.slice(first), ...sides.slice(0, first)]) {
    const startedAt = performance.now();
    await client.ask(wave);
    if (turn >= warmUps) rates.push((wave * 1e3) / (performance.now() - startedAt));
  }
}
reportSample(Object.fromEntries(sides.map(({ name, rates }) => [name, median(rates)])));
