import { AITask } from "@rhapsody/core";
import { readSettings } from "../../contender.ts";
import { openSession } from "../open-session.ts";
import { promptOf } from "../prompts.ts";
import type { Client } from "./client.ts";

/** Tasks of a session, one for each prompt. @param batch - Prompts that may share a request. */
export function openTasks(batch = 1): Client {
  const { answerTokens, stream } = readSettings();
  const session = openSession(batch);
  return {
    async ask(count) {
      const sampling = { maxTokens: answerTokens, temperature: 0 };
      const tasks = Array.from(
        { length: count },
        (_, index) => new AITask({ prompt: promptOf(index), ...sampling, stream }),
      );
      await session.submitTasks(tasks);
      if (stream) await Promise.all(tasks.map((task) => read(task, answerTokens)));
      const results = await session.waitTasks(tasks);
      const broken = results.find(({ state }) => state !== "DONE");
      if (broken !== undefined) throw new Error(`${broken.uid} is ${broken.state}`, { cause: broken.error });
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function read(task: AITask, answerTokens: number): Promise<void> {
  let length = 0;
  for await (const { text } of task.stream()) length += text.length;
  if (length < answerTokens) throw new Error(`${task.uid} was answered with ${length} characters`);
}
