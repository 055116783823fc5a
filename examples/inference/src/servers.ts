/** Addresses of the servers to ask, from `INFERENCE_SERVERS`, separated by commas: of vLLM, or of anything else that speaks the protocol of OpenAI. */
export const servers: readonly string[] = (process.env["INFERENCE_SERVERS"] ?? "http://127.0.0.1:8000/v1").split(",");
