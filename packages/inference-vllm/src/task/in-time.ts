import type { Fleet } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";

/** Aborts each call when its time is over, counted from its first request on; then it fails with `InferenceError` `INFERENCE_TIMEOUT`. */
export function inTime(send: Fleet["send"], timeoutMs: number): Fleet["send"] {
  return async (call, control = {}) => {
    const expired = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const onStart = (replica: string): void => {
      timer ??= setTimeout(() => {
        const message = `${replica}: no answer in ${timeoutMs} ms: raise timeoutMs, or ask for shorter answers by maxTokens`;
        expired.abort(new InferenceError("INFERENCE_TIMEOUT", message, { replica }));
      }, timeoutMs);
      control.onStart?.(replica);
    };
    const signal = control.signal === undefined ? expired.signal : AbortSignal.any([control.signal, expired.signal]);
    try {
      return await send(call, { ...control, signal, onStart });
    } finally {
      clearTimeout(timer);
    }
  };
}
