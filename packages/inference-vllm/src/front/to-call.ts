import type { Call } from "../fleet/call.ts";
import { objectsIn, type JsonObject } from "../fleet/read-json.ts";

/** Characters of a token, roughly, in English. */
const CHARACTERS_PER_TOKEN = 4;

/** Tokens that an answer is taken to have when nothing bounds it. */
const USUAL_ANSWER = 256;

/** Most tokens that a call is taken to cost: a server that is to make more refuses, and what it has to do is a sum of such. */
const MOST_TOKENS = 1e9;

/** A request of somebody else as a call; nothing of it is changed. */
export function toCall(path: Call["path"], { body, bytes }: Content, client: string): Call {
  const prompts = promptsOf(body);
  const choices = Math.max(1, numberIn(body["n"]) ?? 1);
  const answer = numberIn(body["max_completion_tokens"]) ?? numberIn(body["max_tokens"]) ?? USUAL_ANSWER;
  const answers = path === "embeddings" ? 0 : prompts.length * choices * answer;
  const { user } = body;
  return {
    path,
    body,
    bytes,
    cost: Math.min(answers + prompts.reduce((sum, prompt) => sum + tokensOf(prompt), 0), MOST_TOKENS),
    prefix: path !== "embeddings" && typeof prompts[0] === "string" ? prompts[0] : "",
    owner: `front:${typeof user === "string" ? user : client}`,
  };
}

/** A request's body, and its bytes when it has not been changed. */
type Content = Pick<Call, "body" | "bytes">;

/** A text, or the tokens of one. */
type Text = string | readonly unknown[];

/** What is asked: of a chat its words, else each text or list of tokens. */
function promptsOf({ messages, prompt, input }: JsonObject): readonly Text[] {
  if (messages !== undefined) return [objectsIn(messages).map(wordsOf).join("\n")];
  const given = prompt ?? input;
  if (typeof given === "string") return [given];
  if (!Array.isArray(given)) return [""];
  const list: readonly unknown[] = given;
  // A list of numbers is one prompt.
  return list.every((one) => typeof one === "number")
    ? [list]
    : list.map((one) => (typeof one === "string" || Array.isArray(one) ? one : ""));
}

function wordsOf({ content }: JsonObject): string {
  if (typeof content === "string") return content;
  return objectsIn(content)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

function tokensOf(text: Text): number {
  return typeof text === "string" ? Math.ceil(text.length / CHARACTERS_PER_TOKEN) : text.length;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
