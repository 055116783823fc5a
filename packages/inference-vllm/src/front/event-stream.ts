import type { ServerResponse } from "node:http";

/** An answer that is told as events while it is made. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  #room: Promise<void> | undefined;

  /** @param stallMs - Longest time that the client may take nothing; then its connection is broken. */
  constructor(response: ServerResponse, stallMs: number) {
    this.#response = response;
    this.#stallMs = stallMs;
    // Proxies are told not to collect events (`X-Accel-Buffering` is nginx's word for it).
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
  }

  /** Tells an event; the promise, when there is one, resolves once the client has taken enough of those before, or is gone. */
  write(data: string): Promise<void> | undefined {
    if (this.#response.destroyed) return undefined;
    const lines = data.includes("\n") ? data.replaceAll("\n", "\ndata: ") : data;
    if (this.#response.write(`data: ${lines}\n\n`)) return undefined;
    this.#room ??= this.#untilRoom().finally(() => (this.#room = undefined));
    return this.#room;
  }

  #untilRoom(): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      const timer = setTimeout(() => response.destroy(), this.#stallMs);
      const go = (): void => {
        clearTimeout(timer);
        response.off("drain", go).off("close", go);
        resolve();
      };
      response.once("drain", go).once("close", go);
      if (response.destroyed) go();
    });
  }
}
