import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { url, tell } from "./lib.mts";
const t = setInterval(() => (globalThis as any).gc(), 10);
await using backend = new VllmInferenceBackend({ servers: [{ url, name: "a" }, { url, name: "b" }], prompts: "text", defaults: { maxTokens: 4 } });
await backend.initialize();
for (let i = 0; i < 10; i++) await tell("generate timeout list", () => backend.generate(["1", "ab"], { sampling: { maxTokens: 8000 }, timeoutMs: 100 }));
clearInterval(t);
