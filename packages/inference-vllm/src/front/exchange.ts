import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { EventStream } from "./event-stream.ts";
import { closing, internal, problemOf, type Problem } from "./problem.ts";

/** Names that others give their requests and that are kept: short, and safe in logs. */
const SAFE_ID = /^[\w.:-]{1,128}$/;

/** One request and its answer. */
export class Exchange {
  /** Name of the request, the client's own when it gave one; told in `X-Request-Id`. */
  readonly id: string;
  readonly request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  readonly #stop = new AbortController();
  #events: EventStream | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, stallMs: number) {
    const { "x-request-id": given } = request.headers;
    this.id = typeof given === "string" && SAFE_ID.test(given) ? given : randomUUID();
    this.request = request;
    this.#response = response;
    this.#stallMs = stallMs;
    response.setHeader("x-request-id", this.id);
    response.once("close", () => {
      if (!response.writableFinished) this.#stop.abort(new Error("the client closed the connection"));
    });
  }

  /** Aborts when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Who asks, as far as the connection tells. */
  get client(): string {
    return this.request.socket.remoteAddress ?? "unknown";
  }

  /** Status of the answer; 499 when the client did not stay for all of it, as other servers log it. */
  get status(): number {
    return this.#response.writableFinished ? this.#response.statusCode : 499;
  }

  /** True once the answer has begun as a stream. */
  get streams(): boolean {
    return this.#events !== undefined;
  }

  /** Ends the work for the answer; the client is told that the server closes. */
  stop(): void {
    this.#stop.abort(closing());
  }

  /** Answers with JSON. */
  json(body: string | object, status = 200): void {
    this.text(typeof body === "string" ? body : JSON.stringify(body), "application/json", status);
  }

  text(body: string, type: string, status = 200): void {
    this.#response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    this.#end(body);
  }

  /** Adds an event to an answer that is a stream; the first begins it. Resolves once the client may be sent more. */
  event(data: string): Promise<void> | undefined {
    this.#events ??= new EventStream(this.#response, this.#stallMs);
    return this.#events.write(data);
  }

  /** Ends an answer that is a stream. */
  done(): void {
    void this.event("[DONE]");
    this.#end();
  }

  /** Answers with what went wrong: as the status, or within a stream that has begun as an event, which no `[DONE]` follows. */
  fail(thrown: unknown): Problem | undefined {
    const problem = problemOf(thrown);
    const told = problem ?? internal(this.id);
    if (this.#response.destroyed) return problem;
    if (this.#events === undefined) {
      for (const [name, value] of Object.entries(told.headers)) this.#response.setHeader(name, value);
      this.json(told, told.status);
    } else {
      void this.event(JSON.stringify(told));
      this.#end();
    }
    return problem;
  }

  /** Breaks the connection of a client that does not take the rest in time. */
  #end(rest = ""): void {
    const response = this.#response;
    const timer = setTimeout(() => response.destroy(), this.#stallMs).unref();
    response.once("close", () => clearTimeout(timer));
    response.end(rest);
  }
}
