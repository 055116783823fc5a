import type { Call, CallControl, Fleet, Reply } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";

/** Sends a call, and aborts it when its time is over, counted from its first request on. @throws `InferenceError` `INFERENCE_TIMEOUT` then. */
export async function sendWithin(
  { send, timeoutMs }: { readonly send: Fleet["send"]; readonly timeoutMs: number | undefined },
  call: Call,
  control: CallControl,
): Promise<Reply> {
  if (timeoutMs === undefined) return send(call, control);
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
}
