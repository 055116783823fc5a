import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when the client broke the connection before it had the whole answer. */
  readonly aborted: Promise<void>;
}

/** Answers one request. */
export type Script = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** A server that does what a real one cannot be made to do when it is wanted. Requests for completions take the scripts in order, the last one again and again. */
export class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #scripts: Script[];
  readonly requests: SeenRequest[] = [];
  /** What `GET /health` answers. */
  health = 200;
  /** What `GET /v1/models` lists. */
  models: readonly string[] = ["tiny"];
  /** Whether it can list them; one that cannot fails as those that are built on Starlette do. */
  lists = true;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(server: Server, scripts: readonly Script[]) {
    this.#server = server;
    this.#scripts = [...scripts];
  }

  /** Starts it on a free port, or on the one given. */
  static async start(scripts: readonly Script[] = [completion("ok")], port = 0): Promise<ScriptedServer> {
    const server = createServer({ keepAliveTimeout: 5_000 });
    const scripted = new ScriptedServer(server, scripts);
    server.on("request", (request, response) => void scripted.#answer(request, response));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return scripted;
  }

  get port(): number {
    // A server that listens on a port has such an address.
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** Replaces the scripts from the next request on. */
  script(...scripts: readonly Script[]): void {
    this.#scripts.splice(0, Infinity, ...scripts);
  }

  /** Resolves once so many requests have come. */
  async received(count: number): Promise<void> {
    if (this.requests.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** Breaks every connection and listens no more. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (path === "/health") return void response.writeHead(this.health).end();
    if (path === "/v1/models" && !this.lists)
      return void response.writeHead(500, { "content-type": "text/plain; charset=utf-8" }).end("Internal Server Error");
    if (path === "/v1/models") {
      const data = this.models.map((id) => ({ id, object: "model", max_model_len: 256 }));
      return void response.writeHead(200, JSON_TYPE).end(JSON.stringify({ object: "list", data }));
    }
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0];
    // What our own client sends.
    const body = JSON.parse((await text(request)) || "{}") as Readonly<Record<string, unknown>>;
    const aborted = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
    const seen: SeenRequest = { method: request.method ?? "", path, headers: request.headers, body, aborted };
    this.requests.push(seen);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.requests.length < count) return true;
      resolve();
      return false;
    });
    await script?.(response, seen);
  }
}

const JSON_TYPE = { "content-type": "application/json" };

/** A complete answer with one choice for each prompt. */
export function completion(text: string, finishReason = "stop"): Script {
  return (response, { path, body }) => {
    const prompts = Array.isArray(body["prompt"]) ? body["prompt"].length : 1;
    const chat = path.endsWith("/chat/completions");
    const choices = Array.from({ length: prompts }, (_, index) => ({
      index,
      finish_reason: finishReason,
      ...(chat ? { message: { role: "assistant", content: text } } : { text }),
    }));
    const usage = { prompt_tokens: 2 * prompts, completion_tokens: 3 * prompts, total_tokens: 5 * prompts };
    const object = chat ? "chat.completion" : "text_completion";
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ id: "x", object, model: body["model"] ?? "tiny", choices, usage }));
  };
}

/** An error body with a status. */
export function failure(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Script {
  return (response) => {
    const body = { error: { message, type: "Error", param: null, code: status } };
    response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body));
  };
}

/** Bytes with a status and type of their own. */
export function bytes(status: number, type: string, body: string): Script {
  return (response) => void response.writeHead(status, { "content-type": type }).end(body);
}

/** A stream of events; `cut` breaks the connection after them, else `[DONE]` follows; `open` ends nothing after that. */
export function stream(events: readonly unknown[], ending: "done" | "cut" | "end" | "open" = "done"): Script {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (ending === "done") response.end("data: [DONE]\n\n");
    else if (ending === "open") response.write("data: [DONE]\n\n");
    else if (ending === "end") response.end();
    // Once the events are on their way.
    else response.write("", () => response.destroy());
  };
}

/** A piece of a streamed chat. */
export function delta(content: string, finishReason: string | null = null): unknown {
  return { id: "x", object: "chat.completion.chunk", model: "tiny", choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] };
}

/** Breaks the connection with no byte of an answer. */
export const reset: Script = (response) => void response.destroy();

/** Never answers. */
export const silence: Script = () => undefined;
