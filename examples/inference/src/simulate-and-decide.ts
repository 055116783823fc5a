/**
 * Simulations and a language model in one graph: a program simulates, the model reads what came out and decides how to go on, and the next simulation follows its
 * decision.
 */
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { AITask, ComputeTask, Session } from "@rhapsody/core";
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import * as z from "zod";
import { servers } from "./servers.ts";

await using session = new Session({
  backends: [
    new ConcurrentExecutionBackend({ name: "local_cpu" }),
    new VllmInferenceBackend({
      name: "vllm_service",
      servers,
      defaults: { systemPrompt: "You steer simulations. Be brief." },
    }),
  ],
});

// The model is guided by it, and its answers have its type.
const Decision = z.object({ next: z.enum(["refine", "stop"]) });
const ROUNDS = 3;

/** Area of the unit circle by the trapezoid rule, four times a quarter; awk stands for a simulation. */
const program =
  'BEGIN { h = 1 / n; for (i = 0; i < n; i++) s += h * (sqrt(1 - (i * h) ^ 2) + sqrt(1 - ((i + 1) * h) ^ 2)) / 2; printf "%.6f", 4 * s }';

let points = 10;
for (let round = 1; round <= ROUNDS; round += 1) {
  const simulate = new ComputeTask({
    executable: "awk",
    arguments: ["-v", `n=${points}`, program],
    backend: "local_cpu",
  });
  const summarise = new AITask({
    prompt: ({ results }) => `A simulation with ${points} points found ${results[0].stdout}. Summarise that.`,
    dependencies: [simulate],
    backend: "vllm_service",
  });
  const decide = new AITask({
    prompt: ({ results }) =>
      `${results[0].response}\n\nIs that good enough? Say whether to refine or to stop, as JSON.`,
    dependencies: [summarise],
    responseSchema: Decision,
    maxTokens: 1000,
    retry: { attempts: 3 },
    backend: "vllm_service",
  });
  await session.submitTasks([simulate, summarise, decide]);

  console.log(`round ${round}: ${points} points, area ${(await simulate).stdout}`);
  console.log(`round ${round}: the model says ${JSON.stringify((await summarise).response)}`);
  const { next } = (await decide).returnValue;
  console.log(`round ${round}: ${next}`);
  if (next === "stop") break;
  points *= 10;
}
