/**
 * Configuration of Dragon's inference service in Dragon's own form: the sections and keys of `InferenceConfig.from_dict` of dragonhpc 0.15. What is absent is
 * as Dragon says; be aware that its guardrails and its starting and stopping of workers are on by default.
 */
export interface DragonConfiguration {
  readonly run_type?: string | undefined;
  /** A secret: kept out of logs and errors. */
  readonly token?: string | undefined;
  readonly required?:
    | {
        /** Name on the Hugging Face hub, or path of a directory. */
        readonly model_name?: string | undefined;
        /** A secret: kept out of logs and errors. */
        readonly hf_token?: string | undefined;
        /** GPUs that one copy of the model is spread over. */
        readonly tp_size?: number | undefined;
        /** A secret: kept out of logs and errors. */
        readonly flask_secret_key?: string | undefined;
      }
    | undefined;
  readonly hardware?:
    | {
        /** `-1` for all nodes; so for the GPUs of each, and the copies of the model that one head serves. */
        readonly num_nodes?: number | undefined;
        readonly num_gpus?: number | undefined;
        readonly num_inf_wrkrs_per_cpu?: number | undefined;
        readonly node_offset?: number | undefined;
        readonly inf_wrkr_queue_maxsize?: number | undefined;
      }
    | undefined;
  /** How the model is loaded, and how all answers are sampled: requests have no sampling of their own. */
  readonly llm?:
    | {
        readonly dtype?: string | undefined;
        readonly max_tokens?: number | undefined;
        readonly max_model_len?: number | undefined;
        readonly padding_side?: "left" | "right" | undefined;
        readonly truncation_side?: "left" | "right" | undefined;
        readonly top_k?: number | undefined;
        readonly top_p?: number | undefined;
        readonly temperature?: number | undefined;
        readonly repetition_penalty?: number | undefined;
        readonly ignore_eos?: boolean | undefined;
        readonly skip_special_tokens?: boolean | undefined;
        readonly system_prompt?: readonly string[] | undefined;
        readonly vllm_log_level?: string | undefined;
        readonly gpu_memory_utilization?: number | undefined;
        readonly use_async_streaming?: boolean | undefined;
      }
    | undefined;
  readonly input_batching?:
    | {
        readonly toggle_on?: boolean | undefined;
        readonly type?: "dynamic" | "pre-batch" | undefined;
        readonly input_batch_wait_seconds?: number | undefined;
        readonly max_batch_limit?: number | undefined;
      }
    | undefined;
  readonly guardrails?:
    | {
        readonly toggle_on?: boolean | undefined;
        readonly prompt_guard_model?: string | undefined;
        readonly prompt_guard_sensitivity?: number | undefined;
      }
    | undefined;
  readonly dynamic_inf_wrkr?:
    | {
        readonly toggle_on?: boolean | undefined;
        readonly min_active_inf_wrkrs_per_cpu?: number | undefined;
        readonly spin_down_threshold_seconds?: number | undefined;
        readonly spin_up_threshold_seconds?: number | undefined;
        readonly spin_up_prompt_threshold?: number | undefined;
      }
    | undefined;
}
