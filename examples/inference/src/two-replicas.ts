/**
 * Two servers with one model: each prompt goes to the one that has less to do, prompts that begin alike to the one that has read their beginning.
 *
 * With GPUs of one's own the backend starts both: `new VllmInferenceBackend({ model: "Qwen/Qwen3-8B", numGpus: 2, replicas: 2 })`.
 */
import { AITask, Session } from "@rhapsody/core";
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { servers } from "./servers.ts";

const [first = "", second = first] = servers;
const backend = new VllmInferenceBackend({
  servers: [
    { name: "north", url: first },
    { name: "south", url: second },
  ],
});
await using session = new Session({ backends: [backend] });

const articles = ["a rock", "a river"].map((thing) => `${thing} in a hundred words: `.repeat(20));
const tasks = Array.from({ length: 64 }, (_, index) => {
  return new AITask({ prompt: `${articles[index % 2]}\nQuestion ${index}?`, maxTokens: 16 });
});
await session.submitTasks(tasks);

const answered = new Map<string, number>();
for (const { inference } of await Promise.all(tasks)) {
  const replica = inference?.replica ?? "nobody";
  answered.set(replica, (answered.get(replica) ?? 0) + 1);
}
for (const [replica, count] of answered) console.log(`${replica} answered ${count}`);
