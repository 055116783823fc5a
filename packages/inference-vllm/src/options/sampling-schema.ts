import type { SamplingOptions } from "@rhapsody/core";
import { z } from "zod";

const penalty = z.number().min(-2).max(2);

/** {@link SamplingOptions} as they are given in options; those of tasks are checked by the session. */
export const samplingSchema: z.ZodType<SamplingOptions> = z.strictObject({
  systemPrompt: z.string().optional(),
  temperature: z.number().nonnegative().optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.union([z.int().positive(), z.literal(-1)]).optional(),
  maxTokens: z.int().positive().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  seed: z.int().optional(),
  presencePenalty: penalty.optional(),
  frequencyPenalty: penalty.optional(),
  logprobs: z.int().nonnegative().optional(),
  tools: z
    .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string().min(1) }) }))
    .optional(),
  toolChoice: z.union([z.enum(["none", "auto", "required"]), z.record(z.string(), z.unknown())]).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
