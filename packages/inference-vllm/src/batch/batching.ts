import type { Call, Fleet } from "../fleet/call.ts";
import type { BatchSettings } from "../options/settings.ts";
import { Batch } from "./batch.ts";

/**
 * Sends several prompts in one request: those to be continued as they are, with the same sampling, that are not streamed. Every other call goes out as it is.
 */
export function batching(send: Fleet["send"], { maxSize, maxWaitMs }: BatchSettings): Fleet["send"] {
  /** Batches that take more calls, by all that a request has besides its prompt. */
  const open = new Map<string, Batch>();
  const begin = (key: string): Batch => {
    const batch = new Batch(send);
    open.set(key, batch);
    const go = (): void => {
      if (open.get(key) === batch) open.delete(key);
      batch.go();
    };
    if (maxWaitMs === 0) setImmediate(go);
    else setTimeout(go, maxWaitMs);
    return batch;
  };
  return async (call, control = {}) => {
    if (!canShare(call)) return send(call, control);
    const { prompt: _, ...rest } = call.body;
    const key = JSON.stringify([call.owner, rest]);
    const batch = open.get(key) ?? begin(key);
    const reply = batch.add(call, control);
    if (batch.size >= maxSize) {
      open.delete(key);
      batch.go();
    }
    return reply;
  };
}

function canShare({ path, body, bytes }: Call): boolean {
  return path === "completions" && typeof body["prompt"] === "string" && body["stream"] !== true && bytes === undefined;
}
