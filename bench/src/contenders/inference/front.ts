// One request at a time: what it takes longer through the backend's own listener than from the server, each pair one after the other.
import { VllmInferenceBackend } from "@rhapsody/inference-vllm";
import { Pool } from "undici";
import { median } from "../../run/median.ts";
import { readSettings, reportSample } from "../contender.ts";
import { bodyOf, promptOf } from "./prompts.ts";

const { tasks, warmUp, server } = readSettings();
const backend = new VllmInferenceBackend({ servers: server, useService: { port: 0 } });
await backend.initialize();
const { address = "", token = "" } = backend.service ?? {};

const direct = sender(server, {});
const through = sender(`${address}/v1`, { authorization: `Bearer ${token}` });
const times = { front: [] as number[], direct: [] as number[] };
for (let index = 0; index < warmUp + tasks; index += 1) {
  const [front, bare] = [await through.timeOf(2 * index), await direct.timeOf(2 * index + 1)];
  if (index < warmUp) continue;
  times.front.push(front);
  times.direct.push(bare);
}
await Promise.all([direct.close(), through.close()]);
await backend.shutdown();
reportSample({
  addedMs: median(times.front) - median(times.direct),
  frontMs: median(times.front),
  directMs: median(times.direct),
});

function sender(
  base: string,
  more: Readonly<Record<string, string>>,
): { timeOf(index: number): Promise<number>; close(): Promise<void> } {
  const { origin, pathname } = new URL(base);
  const pool = new Pool(origin);
  const headers = { "content-type": "application/json", ...more };
  return {
    async timeOf(index) {
      const body = bodyOf(promptOf(index));
      const startedAt = performance.now();
      const answer = await pool.request({ path: `${pathname}/completions`, method: "POST", headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`${base} answered ${answer.statusCode}: ${text}`);
      return performance.now() - startedAt;
    },
    close: () => pool.close(),
  };
}
