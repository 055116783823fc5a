import { Session } from "@rhapsody/core";
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { readSettings } from "../contender.ts";
import { AT_A_TIME } from "./prompts.ts";

/** A session over the server that the harness started. */
export function openSession(): Session {
  const { server, batch, model } = readSettings();
  const backend = new VllmInferenceBackend({
    servers: server,
    model,
    prompts: "text",
    maxInFlight: AT_A_TIME,
    ...(batch > 1 && { maxBatchSize: batch }),
  });
  return new Session({ backends: [backend] });
}
