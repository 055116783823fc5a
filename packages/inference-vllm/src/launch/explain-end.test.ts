import { expect, it } from "vitest";
import { explainEnd, isPortTaken, tailOf } from "./explain-end.ts";

// Lines of vLLM 0.32, from failed starts of November 2026.
it.each([
  [
    "an argument",
    "vllm: error: unrecognized arguments: --no-such-thing 3",
    "it does not know the arguments --no-such-thing 3",
  ],
  [
    "an architecture",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n  Value error, Model architectures ['NoSuchForCausalLM'] are not supported for now. Supported architectures: dict_keys(['Afmoe",
    "models of the architecture 'NoSuchForCausalLM'",
  ],
  [
    "a type of model",
    "(APIServer pid=9) ERROR 11-23 18:40:28 [repo_utils.py:124] Error parsing config for ./m: The checkpoint you are trying to load has model type `nosuch` but Transformers does not recognize this architecture.",
    "models of the type `nosuch`",
  ],
  [
    "a model",
    "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the specified revision on the local disk",
    "the model was not found",
  ],
  ["a port", "OSError: [Errno 98] Address already in use", "its port is in use"],
  [
    "memory",
    "(Worker pid=9) ERROR 11-23 18:45:03 [multiproc_executor.py:1063] ValueError: Available memory on node 0 (8.48/14.21 GiB) on kv cache allocation is less than requested memory for kv (300.0 GiB).",
    "too little memory for the model and its cache; lower max-model-len",
  ],
  [
    "a length",
    "  Value error, User-specified max_model_len (100000) is greater than the derived max_model_len (max_position_embeddings=8192.0 or model_max_length=None in model's config.json).",
    "max-model-len is 100000, and the model goes to 8192",
  ],
  [
    "weights",
    "(Worker pid=9) ERROR 11-23 18:43:16 [multiproc_executor.py:953] safetensors._safetensors_rust.SafetensorError: Error while deserializing header: invalid header length",
    "weights is damaged",
  ],
  [
    "another value",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n  Value error, Unknown dtype: 'bf17' [type=value_error, input_value=ArgsKwargs]",
    "its configuration is refused: Unknown dtype: 'bf17'",
  ],
  [
    "a directory",
    "  Value error, Invalid repository ID or local directory specified: '/tmp/m'.\nPlease verify the following requirements:\n [type=value_error]",
    "its configuration is refused: Invalid repository ID or local directory specified: '/tmp/m'",
  ],
  [
    "a worker",
    "(EngineCore pid=9) ERROR 11-24 00:28:51 [multiproc_executor.py:315] Worker proc VllmWorker-0 died unexpectedly (exit code: -9), shutting down executor.\n(EngineCore pid=9) ERROR 11-24 00:28:51 [core.py:1512] RuntimeError: cancelled",
    "VllmWorker-0 died with exit code -9, perhaps killed by the system for lack of memory",
  ],
  [
    "an engine",
    "(APIServer pid=9) WARNING 11-24 00:33:47 [core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup\n(APIServer pid=9) ERROR 11-24 00:33:47 [async_llm.py:906] vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause.",
    "its engine died, perhaps killed by the system for lack of memory",
  ],
  [
    "an error below another one",
    "(EngineCore pid=9) ERROR 11-23 18:45:03 [core.py:1510] KeyError: 'layers.0'\nTraceback (most recent call last):\nRuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}",
    "KeyError: 'layers.0'",
  ],
  ["nothing", "INFO 11-23 17:45:17 [model.py:733] Resolved architecture: LlamaForCausalLM", ""],
])("tells what was wrong with %s", (what, log, expected) => {
  const told = explainEnd(`INFO before it\n${log}\nWARNING after it`);

  expect(told === "").toBe(expected === "");
  expect(told).toContain(expected);
  expect(told).not.toMatch(/\.$/);
  expect(isPortTaken(log)).toBe(what === "a port");
});

it("keeps whole last lines of a log, without colours", () => {
  const log = `${"first\r\n".repeat(1_000)}\u001B[31mlast\u001B[0m\n`;

  const tail = tailOf(log);

  expect(tail.length).toBeLessThanOrEqual(2_000);
  expect(tail).toMatch(/^first\n/);
  expect(tail).toMatch(/\nlast$/);
});
