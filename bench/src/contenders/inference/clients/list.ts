import { Pool } from "undici";
import { readSettings } from "../../contender.ts";
import { bodyOf, KEEP_ALIVE_MS, promptOf } from "../prompts.ts";
import type { Client } from "./client.ts";

/** One request with a list of all prompts. */
export function openList(): Client {
  const { origin, pathname } = new URL(readSettings().server);
  const pool = new Pool(origin, { keepAliveTimeout: KEEP_ALIVE_MS });
  const path = `${pathname}/completions`;
  return {
    async ask(count) {
      const headers = { "content-type": "application/json" };
      const body = bodyOf(Array.from({ length: count }, (_, index) => promptOf(index)));
      const send = () => pool.request({ path, method: "POST", headers, body });
      // A server may close an idle connection at the instant that a request goes out.
      const answer = await send().catch(send);
      // As vLLM and the stub write it.
      const { choices } = (await answer.body.json()) as { readonly choices: readonly unknown[] };
      if (choices.length !== count) throw new Error(`${choices.length} answers to ${count} prompts`);
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
