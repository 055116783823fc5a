import type { Script } from "./scripted-server.ts";

/** What a request asks: its text, or the last message of its chat. */
export function questionOf(body: Readonly<Record<string, unknown>>): string {
  const { prompt, messages } = body;
  if (typeof prompt === "string") return prompt;
  // What our own client sends.
  return (messages as { readonly content: string }[]).at(-1)?.content ?? "";
}

/** Says what it is asked in capital letters, as a chat or a text. */
export const shout: Script = (response, { body }) => {
  const said = questionOf(body).toUpperCase();
  const choice = body["messages"] === undefined ? { text: said } : { message: { role: "assistant", content: said } };
  const usage = { prompt_tokens: said.length, completion_tokens: 1, total_tokens: said.length + 1 };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ choices: [{ index: 0, finish_reason: "stop", ...choice }], usage }));
};

/** An answer with this body. */
export function answer(body: unknown): Script {
  return (response) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Answers by what is asked; the last script for all else. */
export function byQuestion(scripts: Readonly<Record<string, Script>>, other: Script): Script {
  return (response, request) => (scripts[questionOf(request.body)] ?? other)(response, request);
}
