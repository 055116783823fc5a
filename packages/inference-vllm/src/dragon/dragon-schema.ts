import { z } from "zod";
import type { DragonConfiguration } from "./dragon-configuration.ts";

const countOrAll = z.union([z.int().positive(), z.literal(-1)], "must be a number from 1 on, or -1 for all");
const share = z.number().min(0).max(1);
const seconds = z.int().positive();

const sections = {
  run_type: z.string().optional(),
  token: z.string().optional(),
  required: z
    .strictObject({
      model_name: z.string().min(1).optional(),
      hf_token: z.string().optional(),
      tp_size: z.int().positive().optional(),
      flask_secret_key: z.string().optional(),
    })
    .optional(),
  hardware: z
    .strictObject({
      num_nodes: countOrAll.optional(),
      num_gpus: countOrAll.optional(),
      num_inf_wrkrs_per_cpu: countOrAll.optional(),
      node_offset: z.int().nonnegative().optional(),
      inf_wrkr_queue_maxsize: countOrAll.optional(),
    })
    .optional(),
  llm: z
    .strictObject({
      dtype: z.string().optional(),
      max_tokens: z.int().positive().optional(),
      max_model_len: z.int().positive().optional(),
      padding_side: z.enum(["left", "right"]).optional(),
      truncation_side: z.enum(["left", "right"]).optional(),
      top_k: z.union([z.int().positive(), z.literal(-1)], "must be a number from 1 on, or -1 for no limit").optional(),
      top_p: share.optional(),
      temperature: z.number().nonnegative().optional(),
      repetition_penalty: z.number().positive().optional(),
      ignore_eos: z.boolean().optional(),
      skip_special_tokens: z.boolean().optional(),
      system_prompt: z.array(z.string()).optional(),
      vllm_log_level: z.string().optional(),
      gpu_memory_utilization: z.number().positive().max(1).optional(),
      use_async_streaming: z.boolean().optional(),
    })
    .optional(),
  input_batching: z
    .strictObject({
      toggle_on: z.boolean().optional(),
      type: z.enum(["dynamic", "pre-batch"]).optional(),
      input_batch_wait_seconds: z.number().positive().optional(),
      max_batch_limit: z.int().positive().optional(),
    })
    .optional(),
  guardrails: z
    .strictObject({
      toggle_on: z.boolean().optional(),
      prompt_guard_model: z.string().optional(),
      prompt_guard_sensitivity: share.optional(),
    })
    .optional(),
  dynamic_inf_wrkr: z
    .strictObject({
      toggle_on: z.boolean().optional(),
      min_active_inf_wrkrs_per_cpu: seconds.optional(),
      spin_down_threshold_seconds: seconds.optional(),
      spin_up_threshold_seconds: seconds.optional(),
      spin_up_prompt_threshold: seconds.optional(),
    })
    .optional(),
} satisfies Record<keyof DragonConfiguration, z.ZodType>;

/** Dragon's own rules, and those for what its service does wrong in silence. */
export const dragonSchema: z.ZodType<DragonConfiguration> = z.strictObject(sections).superRefine((config, context) => {
  const refuse = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
  const batching = config.input_batching?.toggle_on ?? true;
  if (config.llm?.use_async_streaming === true && batching)
    refuse(["llm", "use_async_streaming"], "does not go with batching: set input_batching.toggle_on to false");
  if (config.llm?.use_async_streaming === true && (config.guardrails?.toggle_on ?? true))
    refuse(
      ["llm", "use_async_streaming"],
      "does not go with guardrails, which stream nothing: set guardrails.toggle_on to false",
    );
  if (batching && config.input_batching?.type === "pre-batch" && (config.guardrails?.toggle_on ?? true))
    refuse(
      ["input_batching", "type"],
      "pre-batch with guardrails takes a chat apart: use dynamic, or set guardrails.toggle_on to false",
    );
});
