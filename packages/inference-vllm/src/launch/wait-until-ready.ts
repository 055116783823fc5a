import { setTimeout as pause } from "node:timers/promises";
import type { ReplicaAddress } from "../fleet/call.ts";

/** Pause between two looks at a server that is not ready, in milliseconds. */
const LOOK_MS = 200;
/** Time for a server to say how it is, in milliseconds. */
const ANSWER_MS = 5_000;

/**
 * Resolves once a server is healthy and lists its models for our key only, which no other server on its port would.
 *
 * @param look - Called before each look and once it is ready, for what else is to be seen.
 * @throws the signal's reason.
 */
export async function waitUntilReady(address: ReplicaAddress, signal: AbortSignal, look: () => void): Promise<void> {
  const health = address.url.replace(/\/v1$/, "/health");
  const models = `${address.url}/models`;
  const authorization = `Bearer ${address.apiKey}`;
  for (;;) {
    look();
    const isReady =
      (await statusOf(health, {}, signal)) === 200 &&
      (await statusOf(models, {}, signal)) === 401 &&
      (await statusOf(models, { authorization }, signal)) === 200;
    signal.throwIfAborted();
    // What it printed last comes before the word that it is ready.
    if (isReady) return look();
    await pause(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function statusOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
