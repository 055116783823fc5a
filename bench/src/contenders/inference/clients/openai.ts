import OpenAI from "openai";
import { inLanes, readSettings } from "../../contender.ts";
import { AT_A_TIME, promptOf } from "../prompts.ts";
import type { Client } from "./client.ts";

/** OpenAI's own client, one request for each prompt. */
export function openOpenAI(): Client {
  const { server, model, answerTokens, stream } = readSettings();
  // With its own repeats: a server may close an idle connection at the instant that a request goes out.
  const client = new OpenAI({ baseURL: server, apiKey: "none" });
  const read = async (asked: OpenAI.CompletionCreateParamsNonStreaming): Promise<string> => {
    let text = "";
    const pieces = await client.completions.create({
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const { choices } of pieces) text += choices[0]?.text ?? "";
    return text;
  };
  return {
    ask: (count) =>
      inLanes(count, AT_A_TIME, async (index) => {
        const asked = { model, prompt: promptOf(index), max_tokens: answerTokens, temperature: 0 };
        const text = stream ? await read(asked) : ((await client.completions.create(asked)).choices[0]?.text ?? "");
        if (text.length < answerTokens) throw new Error(`the answer to ${asked.prompt} is ${text}`);
      }),
    // Its connections are those of `fetch`.
    [Symbol.asyncDispose]: async () => {},
  };
}
