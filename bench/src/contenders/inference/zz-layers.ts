import { Pool } from "undici";
import { inLanes, measureRate, readSettings } from "../contender.ts";
import { AT_A_TIME, bodyOf, promptOf } from "./prompts.ts";
import { exchange } from "../../../../packages/inference-vllm/src/fleet/exchange.ts";
import { Connection } from "../../../../packages/inference-vllm/src/fleet/connection.ts";
import { openFleet } from "../../../../packages/inference-vllm/src/fleet/open-fleet.ts";
import { Asker } from "../../../../packages/inference-vllm/src/task/asker.ts";
import { Attempts } from "../../../../packages/inference-vllm/src/backend/attempts.ts";
import { Reporter } from "../../../../packages/inference-vllm/src/backend/reporter.ts";
import { ParameterCheck } from "../../../../packages/inference-vllm/src/task/parameter-check.ts";

const { server, layer } = readSettings() as any;
const { origin, pathname } = new URL(server);
const path = `${pathname}/completions`;
const address = { name: "s", url: server };
const call = (index: number) => ({ path: "completions" as const, body: JSON.parse(bodyOf(promptOf(index))), cost: 20, prefix: promptOf(index), owner: "me" });
const lanes = (f: (i: number) => Promise<any>) => measureRate((count) => inLanes(count, AT_A_TIME, f));
const headers = { "content-type": "application/json" };
if (layer === "request") {
  const pool = new Pool(origin);
  await lanes(async (i) => { const { body } = await pool.request({ path, method: "POST", headers, body: bodyOf(promptOf(i)) }); JSON.parse(await body.text()); });
  await pool.close();
}
if (layer === "exchange") {
  const pool = new Pool(origin);
  await lanes(async (i) => {
    const chunks: Uint8Array[] = [];
    await exchange(pool, { path, method: "POST", headers, body: bodyOf(promptOf(i)) }, { signal: undefined, onHead() {}, onData(c) { chunks.push(c); return undefined; } });
    JSON.parse(new TextDecoder().decode(chunks[0]));
  });
  await pool.close();
}
if (layer === "connection") {
  const c = new Connection(address, 0);
  await lanes((i) => c.ask(call(i)));
  await c.close();
}
if (layer === "fleet" || layer === "asker" || layer === "asker-signal" || layer === "attempts") {
  const f = openFleet([address], { maxInFlight: 256 });
  if (layer === "fleet") await lanes((i) => f.send(call(i)));
  const asker = new Asker({ send: (c, k) => f.send(c, k), parameters: new ParameterCheck(async () => undefined), timeoutMs: undefined });
  const work = (i: number) => ({ kind: "prompt" as const, prompt: promptOf(i), sampling: { maxTokens: 16, temperature: 0 }, stream: false }) as any;
  const manner = { form: "text" as const, model: "stub", defaults: {}, owner: "x" } as any;
  const never = new AbortController().signal;
  if (layer === "asker") await lanes((i) => asker.prompt(work(i), manner, { signal: undefined as any }));
  if (layer === "asker-signal") await lanes((i) => asker.prompt(work(i), manner, { signal: new AbortController().signal }));
  if (layer === "attempts") {
    const waits = new Map<string, () => void>();
    const r = new Reporter((us) => { for (const u of us) if (u.state !== "RUNNING") waits.get((u as any).uid)!(); });
    const a = new Attempts((spec, control) => asker.prompt(spec.work as any, manner, control), r);
    let n = 0;
    await lanes((i) => { const uid = `t${n++}`; const p = new Promise<void>((ok) => waits.set(uid, ok)); a.begin({ uid, attempt: 1, epoch: 1, work: work(i) } as any); return p; });
  }
  await f.close();
}
process.exit(0);
