import { setTimeout as pause } from "node:timers/promises";
import type { ReplicaAddress } from "../fleet/call.ts";

/** Looks in the time after which a server without progress counts as hung. */
const LOOKS = 10;
/** Counters of vLLM 0.32 that grow as long as it does anything for anybody. */
const COUNTERS = /^vllm:(?:prompt_tokens|generation_tokens|request_success)_total(?:\{[^}]*\})? (\S+)/gm;

/**
 * Resolves with true when a server hangs: its counters stand still for the time given, and then a request for one token has no answer for as long either.
 * Its `/health` says nothing about that. Resolves with false when the signal is aborted.
 */
export async function watchProgress(
  address: ReplicaAddress,
  hangTimeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  let seen = "";
  let since = performance.now();
  while (await sleep(hangTimeoutMs / LOOKS, signal)) {
    const counters = await countersOf(address, Math.ceil(hangTimeoutMs / LOOKS), signal);
    if (counters !== undefined && counters !== seen) since = performance.now();
    seen = counters ?? seen;
    if (performance.now() - since < hangTimeoutMs) continue;
    if (!(await answers(address, hangTimeoutMs, signal))) return !signal.aborted;
    since = performance.now();
  }
  return false;
}

async function countersOf(
  { url }: ReplicaAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url.replace(/\/v1$/, "/metrics"), { signal: stop });
    return [...(await response.text()).matchAll(COUNTERS)].map(([, value]) => value).join(" ");
  } catch {
    return undefined;
  }
}

/** A word or a vector: a model that does the one has no address for the other. */
const SMALLEST: readonly (readonly [path: string, body: object])[] = [
  ["completions", { prompt: "a", max_tokens: 1 }],
  ["embeddings", { input: "a" }],
];

/** Any answer will do that is not about the address. */
async function answers(address: ReplicaAddress, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for (const [path, body] of SMALLEST) {
    const status = await statusOf(address, { path, body }, stop);
    if (status !== 404) return status !== undefined;
  }
  return true;
}

/** What a request is answered with; `undefined` for no answer. */
async function statusOf(
  { url, apiKey }: ReplicaAddress,
  { path, body }: { readonly path: string; readonly body: object },
  signal: AbortSignal,
): Promise<number | undefined> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${apiKey}` };
  try {
    const response = await fetch(`${url}/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

/** @returns false when the signal cut it short. */
async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}
