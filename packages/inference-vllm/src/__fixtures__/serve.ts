import { VllmInferenceBackend } from "../backend/vllm-inference-backend.ts";

/** Serves the models of the server named by the first argument, tells where on standard output, and ends when standard input does. */
const [servers = ""] = process.argv.slice(2);
const backend = new VllmInferenceBackend({ servers, useService: { port: 0 } });
await backend.initialize();
process.stdout.write(`${JSON.stringify(backend.service)}\n`);
process.stdin.resume();
process.stdin.once("end", () => void backend.shutdown());
