import { AITask } from "@rhapsody/core";
import type { VllmTaskOptions } from "../index.ts";

const options: VllmTaskOptions = { prompts: "text" };

// Importing the package is all it takes for core to know the options of its tasks.
new AITask({ prompt: "Once", backendOptions: { vllm: options } });
// @ts-expect-error an option that there is not
new AITask({ prompt: "Once", backendOptions: { vllm: { prompt: "text" } } });
// @ts-expect-error a value of another type
new AITask({ prompt: "Once", backendOptions: { vllm: { prompts: "poem" } } });
