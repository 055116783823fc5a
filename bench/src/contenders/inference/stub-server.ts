// A server that answers completions at once: what is left is the client's own work. Prints its base address; ends with its standard input.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";

/** What is read of a request. */
interface Asked {
  readonly prompt: string | readonly string[];
  readonly max_tokens: number;
  readonly stream?: boolean;
}

const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
await once(server, "listening");
// One that listens on a port has it.
const { port } = server.address() as AddressInfo;
process.stdout.write(`http://127.0.0.1:${port}/v1\n`);
process.stdin.resume().once("end", () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET") return send(response, { object: "list", data: [{ id: "stub", object: "model" }] });
  // Our own contenders wrote it.
  const { prompt, max_tokens: tokens, stream } = (await json(request)) as Asked;
  if (stream === true) return sendEvents(response, tokens);
  const prompts = typeof prompt === "string" ? [prompt] : prompt;
  const choices = prompts.map((_, index) => ({
    index,
    text: "word ".repeat(tokens),
    logprobs: null,
    finish_reason: "length",
  }));
  send(response, { ...HEAD, choices, usage: usageOf(tokens * prompts.length) });
}

const HEAD = { id: "cmpl-0123456789abcdef", object: "text_completion", created: 1_790_000_000, model: "stub" };

function send(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}

async function sendEvents(response: ServerResponse, tokens: number): Promise<void> {
  const event = (choices: readonly unknown[], rest: object = {}): string =>
    `data: ${JSON.stringify({ ...HEAD, choices, ...rest })}\n\n`;
  const piece = (reason: string | null): string =>
    event([{ index: 0, text: "word ", logprobs: null, finish_reason: reason }]);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const text = piece(null);
  for (let token = 1; token < tokens; token += 1) {
    response.write(text);
    // A turn for each: the client gets them one by one, as from a model.
    await nextTurn();
  }
  response.end(`${piece("length")}${event([], { usage: usageOf(tokens) })}data: [DONE]\n\n`);
}

function usageOf(completion: number): object {
  return { prompt_tokens: 4, completion_tokens: completion, total_tokens: 4 + completion };
}
