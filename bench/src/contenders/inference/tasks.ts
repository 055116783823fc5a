import { AITask, type Session } from "@rhapsody/core";
import { measureRate, readSettings } from "../contender.ts";
import { openSession } from "./open-session.ts";
import { promptOf } from "./prompts.ts";

const { answerTokens, stream } = readSettings();

await using session = openSession();
await measureRate((count) => ask(session, count));

async function ask(open: Session, count: number): Promise<void> {
  const sampling = { maxTokens: answerTokens, temperature: 0 };
  const tasks = Array.from(
    { length: count },
    (_, index) => new AITask({ prompt: promptOf(index), ...sampling, stream }),
  );
  await open.submitTasks(tasks);
  if (stream) await Promise.all(tasks.map(read));
  const results = await open.waitTasks(tasks);
  const broken = results.find(({ state }) => state !== "DONE");
  if (broken !== undefined) throw new Error(`${broken.uid} is ${broken.state}`, { cause: broken.error });
}

async function read(task: AITask): Promise<void> {
  let length = 0;
  for await (const { text } of task.stream()) length += text.length;
  if (length < answerTokens) throw new Error(`${task.uid} was answered with ${length} characters`);
}
