import { request } from "undici";
import { measureRate, readSettings } from "../contender.ts";
import { bodyOf, promptOf } from "./prompts.ts";

const { server } = readSettings();

await measureRate(async (count) => {
  const headers = { "content-type": "application/json" };
  const body = bodyOf(Array.from({ length: count }, (_, index) => promptOf(index)));
  const answer = await request(`${server}/completions`, { method: "POST", headers, body });
  // As vLLM and the stub write it.
  const { choices } = (await answer.body.json()) as { readonly choices: readonly unknown[] };
  if (choices.length !== count) throw new Error(`${choices.length} answers to ${count} prompts`);
});
