import { Session } from "@rhapsody/core";
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { readSettings } from "../contender.ts";
import { AT_A_TIME } from "./prompts.ts";

/** A session over the server that the harness started. @param batch - Prompts that may share a request. */
export function openSession(batch = 1): Session {
  const { server, model } = readSettings();
  const backend = new VllmInferenceBackend({
    servers: server,
    model,
    prompts: "text",
    maxInFlight: AT_A_TIME,
    ...(batch > 1 && { maxBatchSize: batch }),
  });
  return new Session({ backends: [backend] });
}
