import { Pool, type Dispatcher } from "undici";
import type { Call, CallControl, ReplicaAddress, Reply } from "./call.ts";
import { classifyAnswer, classifyBreak, interrupted, malformed, type Refusal } from "./classify.ts";
import { EventReader, wasAborted, type OnEvent } from "./event-reader.ts";
import { exchange, type AnswerTaker } from "./exchange.ts";
import { readObject } from "./read-json.ts";

/** How one request went. */
export type Attempt =
  | { readonly reply: Omit<Reply, "tries"> }
  /** `delivered`: pieces of the answer were given out already, so that it cannot begin anew. */
  | { readonly refusal: Refusal; readonly delivered: boolean };

/** What an answer came to. */
type Read = Pick<Reply, "body" | "text"> | { readonly refusal: Refusal };

/**
 * How long a connection is kept without a request, in milliseconds: less than the 5 s of vLLM's server (`VLLM_HTTP_TIMEOUT_KEEP_ALIVE`), so that it is not closed
 * there at the instant that a request goes out.
 */
const KEEP_ALIVE_MS = 2_000;

const decoder = new TextDecoder();

/** The beginning of an answer. */
interface Head {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly firstByteMs: number;
}

/** An answer while it comes. */
interface Answer {
  head?: Head;
  /** Present when it is streamed, instead of `chunks`. */
  events?: EventReader;
  readonly chunks: Uint8Array[];
  delivered: boolean;
}

/** Of an answer that never began: its text, none, is refused. */
const NO_HEAD: Head = { status: 200, retryAfter: undefined, firstByteMs: 0 };

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
    const answer: Answer = { chunks: [], delivered: false };
    const onEvent: OnEvent = (event, data) => {
      answer.delivered = true;
      return control.onEvent?.(event, data);
    };
    const taker: AnswerTaker = {
      signal: control.signal,
      onHead: (status, headers) => {
        answer.head = {
          status,
          retryAfter: headers["retry-after"]?.toString(),
          firstByteMs: performance.now() - sentAt,
        };
        const streamed = headers["content-type"]?.includes("text/event-stream") === true;
        if (status < 400 && streamed) answer.events = new EventReader(this.#name, onEvent);
      },
      onData: (chunk) => {
        if (answer.events !== undefined) return answer.events.feed(chunk);
        answer.chunks.push(chunk);
        return undefined;
      },
    };
    try {
      await exchange(this.#pool, this.#request(call), taker);
      const { head = NO_HEAD, events, chunks, delivered } = answer;
      const { status, retryAfter, firstByteMs } = head;
      if (status >= 400) {
        const refused = { status, text: textOf(chunks), replica: this.#name, retryAfter };
        return { refusal: classifyAnswer(refused), delivered: false };
      }
      const read = events?.end() ?? this.#readBody(textOf(chunks));
      if ("refusal" in read) return { refusal: read.refusal, delivered };
      return { reply: { ...read, replica: this.#name, latencyMs: performance.now() - sentAt, firstByteMs } };
    } catch (cause) {
      control.signal?.throwIfAborted();
      return { refusal: this.#broken(cause, answer.head !== undefined), delivered: answer.delivered };
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

  #request({ path, body, bytes }: Call): Dispatcher.DispatchOptions {
    return {
      path: `${this.#path}/${path}`,
      method: "POST",
      headers: this.#headers,
      body: bytes ?? JSON.stringify(body),
    };
  }

  #readBody(text: string): Read {
    const body = readObject(text);
    if (body === undefined) return { refusal: malformed(this.#name, "no JSON object", text) };
    if (!Array.isArray(body["choices"]) && !Array.isArray(body["data"]))
      return { refusal: malformed(this.#name, "it has no choices", text) };
    if (wasAborted(body)) return { refusal: interrupted(this.#name, "the server ended the generation") };
    return { body, text };
  }

  #broken(cause: unknown, answered: boolean): Refusal {
    const refusal = classifyBreak(cause, this.#name, answered);
    // A connection that the server closed while it was idle: nothing is wrong with the server.
    return !answered && wasIdle(cause) ? { error: refusal.error, again: "here" } : refusal;
  }
}

/** The bytes of an answer as text. */
function textOf(chunks: readonly Uint8Array[]): string {
  const [first] = chunks;
  return decoder.decode(chunks.length === 1 ? first : Buffer.concat(chunks));
}

/** undici's error for a connection that the other side closed; it had served a request before. */
function wasIdle(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("socket" in cause)) return false;
  // Shape of undici's SocketError.
  const { socket } = cause as { readonly socket?: { readonly bytesRead?: number } };
  return (socket?.bytesRead ?? 0) > 0;
}
