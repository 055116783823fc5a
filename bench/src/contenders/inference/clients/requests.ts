import { createParser } from "eventsource-parser";
import { Pool, type Dispatcher } from "undici";
import { inLanes, readSettings } from "../../contender.ts";
import { AT_A_TIME, bodyOf, KEEP_ALIVE_MS, promptOf } from "../prompts.ts";
import type { Client } from "./client.ts";

/** Bare requests, one for each prompt. */
export function openRequests(): Client {
  const { server, answerTokens, stream } = readSettings();
  const { origin, pathname } = new URL(server);
  const pool = new Pool(origin, { keepAliveTimeout: KEEP_ALIVE_MS });
  const path = `${pathname}/completions`;
  return {
    ask: (count) =>
      inLanes(count, AT_A_TIME, async (index) => {
        const headers = { "content-type": "application/json" };
        const body = bodyOf(promptOf(index));
        const send = () => pool.request({ path, method: "POST", headers, body });
        // A server may close an idle connection at the instant that a request goes out.
        const answer = await send().catch(send);
        const text = stream ? await readEvents(answer.body) : textIn(await answer.body.text());
        if (answer.statusCode !== 200 || text.length < answerTokens) throw new Error(`${answer.statusCode}: ${text}`);
      }),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

async function readEvents(body: Dispatcher.ResponseData["body"]): Promise<string> {
  let text = "";
  const parser = createParser({ onEvent: ({ data }) => (text += data === "[DONE]" ? "" : textIn(data)) });
  const decoder = new TextDecoder();
  // undici says `any`; a body without an encoding gives bytes.
  for await (const chunk of body as AsyncIterable<Uint8Array>) parser.feed(decoder.decode(chunk, { stream: true }));
  return text;
}

function textIn(body: string): string {
  // As vLLM and the stub write it; the last event has no choice.
  const { choices } = JSON.parse(body) as { readonly choices: readonly { readonly text: string }[] };
  return choices[0]?.text ?? "";
}
