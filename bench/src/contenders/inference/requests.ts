import { createParser } from "eventsource-parser";
import { Pool, type Dispatcher } from "undici";
import { inLanes, measureRate, readSettings } from "../contender.ts";
import { AT_A_TIME, bodyOf, promptOf } from "./prompts.ts";

const { server, answerTokens, stream } = readSettings();
const { origin, pathname } = new URL(server);
// As ours: less than the server's 5 s, after which it closes an idle connection.
const pool = new Pool(origin, { keepAliveTimeout: 2_000 });
const path = `${pathname}/completions`;

await measureRate((count) =>
  inLanes(count, AT_A_TIME, async (index) => {
    const headers = { "content-type": "application/json" };
    const { statusCode, body } = await pool.request({ path, method: "POST", headers, body: bodyOf(promptOf(index)) });
    const text = stream ? await readEvents(body) : textIn(await body.text());
    if (statusCode !== 200 || text.length < answerTokens) throw new Error(`${statusCode}: ${text}`);
  }),
);
await pool.close();

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
