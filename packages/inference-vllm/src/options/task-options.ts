import { OptionsError, type TaskSpec } from "@rhapsody/core";
import { z } from "zod";
import type { PromptForm } from "./backend-options.ts";

/** Options of a single task for the inference backend, under `backendOptions.vllm`. */
export interface VllmTaskOptions {
  /** How a prompt that is a text reaches the model. @defaultValue the backend's `prompts` */
  readonly prompts?: PromptForm | undefined;
}

declare module "@rhapsody/core" {
  interface TaskBackendOptions {
    readonly vllm?: VllmTaskOptions | undefined;
  }
}

const schema: z.ZodType<VllmTaskOptions> = z.strictObject({ prompts: z.enum(["chat", "text"]).optional() });

const none: VllmTaskOptions = {};

/** @throws `OptionsError` when they do not hold. */
export function parseTaskOptions({ backendOptions }: Pick<TaskSpec, "backendOptions">): VllmTaskOptions {
  const given = backendOptions["vllm"];
  if (given === undefined) return none;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new OptionsError(`backendOptions.vllm: ${z.prettifyError(result.error)}`, { cause: result.error });
}
