// One request at a time: what a task takes longer than a bare request of the same, each pair one after the other.
import { AITask } from "@rhapsody/core";
import { Pool } from "undici";
import { median } from "../../run/median.ts";
import { readSettings, reportSample } from "../contender.ts";
import { openSession } from "./open-session.ts";
import { bodyOf, promptOf } from "./prompts.ts";

const { tasks, warmUp, server, answerTokens } = readSettings();
const { origin, pathname } = new URL(server);
const pool = new Pool(origin);

await using session = openSession();
const times = { task: [] as number[], request: [] as number[] };
for (let index = 0; index < warmUp + tasks; index += 1) {
  const [task, request] = [await timeOf(askByTask, 2 * index), await timeOf(askBare, 2 * index + 1)];
  if (index < warmUp) continue;
  times.task.push(task);
  times.request.push(request);
}
await pool.close();
reportSample({
  addedMs: median(times.task) - median(times.request),
  taskMs: median(times.task),
  requestMs: median(times.request),
});

async function timeOf(ask: (prompt: string) => Promise<void>, index: number): Promise<number> {
  const startedAt = performance.now();
  await ask(promptOf(index));
  return performance.now() - startedAt;
}

async function askByTask(prompt: string): Promise<void> {
  const task = new AITask({ prompt, maxTokens: answerTokens, temperature: 0 });
  await session.submitTasks([task]);
  await task;
}

async function askBare(prompt: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const path = `${pathname}/completions`;
  const { body } = await pool.request({ path, method: "POST", headers, body: bodyOf(prompt) });
  JSON.parse(await body.text());
}
