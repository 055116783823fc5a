/**
 * A thousand prompts through one backend, with progress: as many at a time as the servers take, in whatever order they are done, each answer with its prompt.
 */
import { AITask, Session } from "@rhapsody/core";
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { servers } from "./servers.ts";

const PROMPTS = 1_000;

await using session = new Session({ backends: [new VllmInferenceBackend({ servers, defaults: { maxTokens: 64 } })] });

const tasks = Array.from({ length: PROMPTS }, (_, index) => {
  return new AITask({
    prompt: `Name a use of element number ${index % 118}.`,
    metadata: { element: index % 118 },
    retry: { attempts: 3 },
  });
});

let answered = 0;
session.registerCallback((_task, state) => {
  if (state === "DONE") answered += 1;
});

/** A line whenever the backend tells how its servers are doing, until the session closes. */
async function showProgress(): Promise<void> {
  for await (const event of session.events()) {
    if (event.type !== "engine") continue;
    const { tasks: requests, details } = event.facts;
    console.log(
      `${answered} of ${PROMPTS}, ${requests?.["running"]} under way, ${Number(details?.["tokensPerSecond"])} tokens/s`,
    );
  }
}

void showProgress();
const begun = performance.now();
await session.submitTasks(tasks);
const results = await Promise.all(tasks.map((task) => task.settled()));
const seconds = (performance.now() - begun) / 1000;

const done = results.filter(({ state }) => state === "DONE").length;
// As the servers counted them.
const tokens = results.reduce((sum, { usage }) => sum + (usage?.completionTokens ?? 0), 0);
const rate = Math.round(tokens / seconds);
console.log(`${done} answers and ${PROMPTS - done} failures in ${seconds.toFixed(1)} s: ${rate} tokens/s`);
