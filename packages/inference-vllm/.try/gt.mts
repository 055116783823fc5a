import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { url, tell } from "./lib.mts";
for (const servers of [url, [{ url, name: "a" }, { url, name: "b" }]] as any) {
await using backend = new VllmInferenceBackend({ servers, prompts: "text", defaults: { maxTokens: 4 } });
await backend.initialize();
for (let i = 0; i < 3; i++) {
await tell("generate timeout list", () => backend.generate(["1", "ab"], { sampling: { maxTokens: 8000 }, timeoutMs: 100 }));
await tell("generate timeout list2", () => backend.generate(["1", "2"], { sampling: { maxTokens: 8000 }, timeoutMs: 100 }));
await tell("generate timeout one", () => backend.generate("1", { sampling: { maxTokens: 8000 }, timeoutMs: 100 }));
await tell("generate abort list", () => backend.generate(["1", "2"], { sampling: { maxTokens: 8000 }, signal: AbortSignal.timeout(100) }));
}
}
