import { setTimeout as pause } from "node:timers/promises";
import type { ReplicaAddress } from "../fleet/call.ts";

/** Pause between two looks at a server that is not ready, in milliseconds. */
const LOOK_MS = 200;
/** Time for a server to say how it is, in milliseconds. */
const ANSWER_MS = 5_000;

/** Who answers at a server's address is not that server. */
export class OtherServerError extends Error {
  override name = "OtherServerError";
}

/**
 * Resolves once a server is healthy and lists its models for our key only, which no other server on its port would.
 *
 * @param look - Called before each look and once it is ready, for what else is to be seen.
 * @throws {@link OtherServerError} when somebody else answers; the signal's reason.
 */
export async function waitUntilReady(address: ReplicaAddress, signal: AbortSignal, look: () => void): Promise<void> {
  const health = address.url.replace(/\/v1$/, "/health");
  const models = `${address.url}/models`;
  const authorization = `Bearer ${address.apiKey}`;
  for (;;) {
    look();
    if ((await statusOf(health, {}, signal)) === 200) {
      const open = await statusOf(models, {}, signal);
      const ours = await statusOf(models, { authorization }, signal);
      signal.throwIfAborted();
      // What it printed last comes before the word that it is ready.
      if (open === 401 && ours === 200) return look();
      if (open === 200 || ours === 401) throw new OtherServerError(`another server answers at ${address.url}`);
    }
    signal.throwIfAborted();
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
