import { createParser } from "eventsource-parser";
import { Pool, type Dispatcher } from "undici";
import { Assembly } from "./assemble.ts";
import type { Call, CallControl, ReplicaAddress, Reply } from "./call.ts";
import { classifyAnswer, classifyBreak, interrupted, malformed, type Refusal } from "./classify.ts";
import { readObject, type JsonObject } from "./read-json.ts";

/** How one request went. */
export type Attempt =
  | { readonly reply: Omit<Reply, "tries"> }
  /** `delivered`: pieces of the answer were given out already, so that it cannot begin anew. */
  | { readonly refusal: Refusal; readonly delivered: boolean };

type OnEvent = NonNullable<CallControl["onEvent"]>;

/** What an answer came to. */
type Read = Pick<Reply, "body" | "text"> | { readonly refusal: Refusal };

/**
 * How long a connection is kept without a request, in milliseconds: less than the 5 s of vLLM's server (`VLLM_HTTP_TIMEOUT_KEEP_ALIVE`), so that it is not closed
 * there at the instant that a request goes out.
 */
const KEEP_ALIVE_MS = 2_000;

/** What a generation that did not come to its own end has as its reason: vLLM 0.32 says so when it is shut down. */
const ABORTED = "abort";

/** The connections to one server. */
export class Connection {
  readonly #name: string;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param stallMs - Longest silence during a request; `0` for any. */
  constructor({ name, url, apiKey, headers }: ReplicaAddress, stallMs: number) {
    const { origin, pathname } = new URL(url);
    this.#name = name;
    this.#path = pathname.replace(/\/$/, "");
    this.#pool = new Pool(origin, {
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    });
    this.#headers = {
      "content-type": "application/json",
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      ...headers,
    };
  }

  /** Sends a request and reads the whole answer. @throws the signal's reason when it was aborted. */
  async ask(call: Call, control: CallControl = {}): Promise<Attempt> {
    const sentAt = performance.now();
    let answered = false;
    let delivered = false;
    const onEvent: OnEvent = (event, data) => {
      delivered = true;
      return control.onEvent?.(event, data);
    };
    try {
      const { statusCode, headers, body } = await this.#post(call, control.signal);
      answered = true;
      const firstByteMs = performance.now() - sentAt;
      if (statusCode >= 400) {
        const text = await body.text();
        const retryAfter = headers["retry-after"];
        const answer = { status: statusCode, text, replica: this.#name, retryAfter: retryAfter?.toString() };
        return { refusal: classifyAnswer(answer), delivered: false };
      }
      const streamed = headers["content-type"]?.includes("text/event-stream") === true;
      const read = streamed ? await this.#readEvents(body, onEvent) : this.#readBody(await body.text());
      if ("refusal" in read) return { refusal: read.refusal, delivered };
      return { reply: { ...read, replica: this.#name, latencyMs: performance.now() - sentAt, firstByteMs } };
    } catch (cause) {
      control.signal?.throwIfAborted();
      return { refusal: this.#broken(cause, answered), delivered };
    }
  }

  /** What the server has at a path that begins at its root or, without a slash, below its base address; `undefined` when there is no such answer. */
  async look(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string } | undefined> {
    try {
      const at = path.startsWith("/") ? path : `${this.#path}/${path}`;
      const { statusCode, body } = await this.#pool.request({
        path: at,
        method: "GET",
        headers: this.#headers,
        signal,
      });
      return { status: statusCode, text: await body.text() };
    } catch {
      return undefined;
    }
  }

  /** Closes the connections once what is under way has ended. */
  async drain(): Promise<void> {
    await this.#pool.close();
  }

  /** Breaks every connection. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #post({ path, body, bytes }: Call, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    return this.#pool.request({
      path: `${this.#path}/${path}`,
      method: "POST",
      headers: this.#headers,
      body: bytes ?? JSON.stringify(body),
      signal: signal ?? null,
    });
  }

  #readBody(text: string): Read {
    const body = readObject(text);
    if (body === undefined) return { refusal: malformed(this.#name, "no JSON object", text) };
    if (!Array.isArray(body["choices"]) && !Array.isArray(body["data"]))
      return { refusal: malformed(this.#name, "it has no choices", text) };
    if (wasAborted(body)) return { refusal: interrupted(this.#name, "the server ended the generation") };
    return { body, text };
  }

  async #readEvents(body: Dispatcher.ResponseData["body"], onEvent: OnEvent): Promise<Read> {
    const assembly = new Assembly();
    let failure: Refusal | undefined;
    let ended = false;
    let taken: unknown;
    const parser = createParser({
      onEvent: ({ data }) => {
        if (failure !== undefined || ended) return;
        if (data === "[DONE]") {
          ended = true;
          return;
        }
        const event = readObject(data);
        if (event === undefined) failure = malformed(this.#name, "an event is no JSON object", data);
        else if (event["error"] != null) failure = this.#failureAmongEvents(data);
        else if (wasAborted(event)) failure = interrupted(this.#name, "the server ended the generation");
        else {
          assembly.add(event);
          taken = onEvent(event, data);
        }
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      // A readable body without an encoding gives bytes.
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
      if (taken instanceof Promise) await taken;
      if (failure !== undefined) break;
    }
    if (failure === undefined && !ended && !assembly.complete)
      failure = interrupted(this.#name, "the stream ended before the answer did");
    return failure === undefined ? { body: assembly.body() } : { refusal: failure };
  }

  /** vLLM tells a crash of its engine as an event of a stream that began well, followed by `[DONE]`. */
  #failureAmongEvents(data: string): Refusal {
    const { error } = classifyAnswer({ status: 500, text: data, replica: this.#name });
    return interrupted(this.#name, error.message);
  }

  #broken(cause: unknown, answered: boolean): Refusal {
    const refusal = classifyBreak(cause, this.#name, answered);
    // A connection that the server closed while it was idle: nothing is wrong with the server.
    return !answered && wasIdle(cause) ? { error: refusal.error, again: "here" } : refusal;
  }
}

function wasAborted({ choices }: JsonObject): boolean {
  if (!Array.isArray(choices)) return false;
  for (const choice of choices as readonly JsonObject[]) if (choice["finish_reason"] === ABORTED) return true;
  return false;
}

/** undici's error for a connection that the other side closed; it had served a request before. */
function wasIdle(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("socket" in cause)) return false;
  // Shape of undici's SocketError.
  const { socket } = cause as { readonly socket?: { readonly bytesRead?: number } };
  return (socket?.bytesRead ?? 0) > 0;
}
