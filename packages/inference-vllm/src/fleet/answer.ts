import type { Dispatcher } from "undici";
import type { CallControl, Reply } from "./call.ts";
import { classifyAnswer, classifyBreak, interrupted, malformed, type Refusal } from "./classify.ts";
import { EventReader, wasAborted } from "./event-reader.ts";
import type { AnswerTaker } from "./exchange.ts";
import { readObject } from "./read-json.ts";

/** How one request went. */
export type Attempt =
  | { readonly reply: Omit<Reply, "tries"> }
  /** `delivered`: pieces of the answer were given out already, so that it cannot begin anew. */
  | { readonly refusal: Refusal; readonly delivered: boolean };

const decoder = new TextDecoder();

/** An answer while it comes, and what it came to. */
export class Answer implements AnswerTaker {
  readonly #replica: string;
  readonly #control: CallControl;
  readonly #sentAt = performance.now();
  /** `0` while nothing has come. */
  #status = 0;
  #retryAfter: string | undefined;
  #firstByteMs = 0;
  /** Present when it is streamed, instead of chunks. */
  #events: EventReader | undefined;
  readonly #chunks: Uint8Array[] = [];
  #delivered = false;

  /** Begins with the request. */
  constructor(replica: string, control: CallControl) {
    this.#replica = replica;
    this.#control = control;
  }

  get signal(): AbortSignal | undefined {
    return this.#control.signal;
  }

  onHead(status: number, headers: Dispatcher.ResponseData["headers"]): void {
    this.#status = status;
    this.#firstByteMs = performance.now() - this.#sentAt;
    if (status >= 400) this.#retryAfter = headers["retry-after"]?.toString();
    else if (headers["content-type"]?.includes("text/event-stream") === true)
      this.#events = new EventReader(this.#replica, (event, data) => this.#onEvent(event, data));
  }

  onData(chunk: Uint8Array): Promise<unknown> | false | undefined {
    if (this.#events !== undefined) return this.#events.feed(chunk);
    this.#chunks.push(chunk);
    return undefined;
  }

  /** It has ended. */
  end(): Attempt {
    if (this.#status >= 400) {
      const refused = { status: this.#status, text: this.#text(), replica: this.#replica };
      return { refusal: classifyAnswer({ ...refused, retryAfter: this.#retryAfter }), delivered: false };
    }
    const read = this.#events?.end() ?? this.#readBody();
    if ("refusal" in read) return { refusal: read.refusal, delivered: this.#delivered };
    const times = { latencyMs: performance.now() - this.#sentAt, firstByteMs: this.#firstByteMs };
    return { reply: { ...read, replica: this.#replica, ...times } };
  }

  /** Its connection broke. */
  broken(cause: unknown): Attempt {
    const answered = this.#status > 0;
    const refusal = classifyBreak(cause, this.#replica, answered);
    // A connection that the server closed while it was idle: nothing is wrong with the server.
    if (!answered && wasIdle(cause)) return { refusal: { error: refusal.error, again: "here" }, delivered: false };
    return { refusal, delivered: this.#delivered };
  }

  #onEvent(event: Readonly<Record<string, unknown>>, data: string): unknown {
    const taken = this.#control.onEvent?.(event, data);
    if (taken !== false) this.#delivered = true;
    return taken;
  }

  #text(): string {
    const [first] = this.#chunks;
    return decoder.decode(this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks));
  }

  #readBody(): Read {
    const text = this.#text();
    const body = readObject(text);
    if (body === undefined) return { refusal: malformed(this.#replica, "no JSON object", text) };
    if (!Array.isArray(body["choices"]) && !Array.isArray(body["data"]))
      return { refusal: malformed(this.#replica, "it has no choices", text) };
    if (wasAborted(body)) return { refusal: interrupted(this.#replica, "the server ended the generation") };
    return { body, text };
  }
}

/** What the bytes of an answer came to. */
type Read = Pick<Reply, "body" | "text"> | { readonly refusal: Refusal };

/** A connection that the other side closed or reset; it had served a request before. */
function wasIdle(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("socket" in cause)) return false;
  // Shape of undici's SocketError, which others are given by `Connection`.
  const { socket } = cause as { readonly socket?: { readonly bytesRead?: number } };
  return (socket?.bytesRead ?? 0) > 0;
}
