import { readSettings } from "../contender.ts";

/** Text that the model of tests continues for ever; no two are the same. */
export function promptOf(index: number): string {
  return `${10_000 + index}`;
}

/** Body of a request for one prompt, or for a list. */
export function bodyOf(prompt: string | readonly string[]): string {
  const { model, answerTokens, stream } = readSettings();
  return JSON.stringify({
    model,
    prompt,
    max_tokens: answerTokens,
    temperature: 0,
    ...(stream && { stream, stream_options: { include_usage: true } }),
  });
}

/** Most requests at a time, of everybody. */
export const AT_A_TIME = 256;

/** How long an idle connection is kept, as ours: less than the server's 5 s, after which it closes it. */
export const KEEP_ALIVE_MS = 2_000;
