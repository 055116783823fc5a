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
    const counters = await countersOf(address, hangTimeoutMs / LOOKS, signal);
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

/** Any answer will do: not every model completes text. */
async function answers({ url, apiKey }: ReplicaAddress, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${apiKey}` };
  const body = JSON.stringify({ prompt: "a", max_tokens: 1 });
  try {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(`${url}/completions`, { method: "POST", headers, body, signal: stop });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** @returns false when the signal cut it short. */
async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}
