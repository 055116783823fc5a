import { Fifo } from "../dispatch/fifo.ts";
import type { SessionEvent } from "./session-event.ts";

/** One reader's events: bounded, so that a slow reader loses the oldest and slows nobody. */
export class EventStream implements AsyncIterableIterator<SessionEvent, undefined> {
  readonly #buffer = new Fifo<SessionEvent>();
  readonly #bufferSize: number;
  readonly #onClose: (stream: EventStream) => void;
  #dropped = 0;
  #closed = false;
  readonly #readers = new Fifo<(result: IteratorResult<SessionEvent, undefined>) => void>();

  constructor(bufferSize: number, onClose: (stream: EventStream) => void) {
    this.#bufferSize = bufferSize;
    this.#onClose = onClose;
  }

  /** Hands an event to the reader, or keeps it; drops the oldest kept one when the buffer is full. @internal */
  push(event: SessionEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader({ value: event, done: false });
    if (this.#buffer.size >= this.#bufferSize) {
      this.#buffer.shift();
      this.#dropped += 1;
    }
    this.#buffer.push(event);
  }

  /** Ends the stream once what is buffered has been read. */
  close(): void {
    this.#closed = true;
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      reader({ value: undefined, done: true });
    }
  }

  /** Resolves with the next event, with a note of how many were dropped, or with the end of the stream. */
  next(): Promise<IteratorResult<SessionEvent, undefined>> {
    const first = this.#buffer.peek();
    if (first !== undefined && this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      return Promise.resolve({ value: { type: "dropped", at: first.at, count }, done: false });
    }
    const event = this.#buffer.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the stream at once: what is buffered is dropped, waiting readers see the end. */
  return(): Promise<IteratorResult<SessionEvent, undefined>> {
    this.#onClose(this);
    this.#buffer.keep(() => false);
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** The stream itself, so that `for await` reads it. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@link EventStream.return}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {});
  }
}
