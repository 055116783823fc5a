import type { FlowEvent } from "./flow-event.ts";

/** One reader's events: bounded, so that a slow reader loses the oldest and slows nobody. */
export class FlowEvents implements AsyncIterableIterator<FlowEvent, undefined> {
  readonly #bufferSize: number;
  readonly #onClose: (events: FlowEvents) => void;
  #buffer: FlowEvent[] = [];
  /** Place of the oldest event that was not read. */
  #next = 0;
  #dropped = 0;
  #closed = false;
  #readers: ((result: IteratorResult<FlowEvent, undefined>) => void)[] = [];

  /** @internal Events come from `flow.events()`. */
  constructor(bufferSize: number, onClose: (events: FlowEvents) => void) {
    if (!Number.isInteger(bufferSize) || bufferSize < 1) {
      throw new RangeError(`events: bufferSize must be a whole number of at least 1, not ${bufferSize}`);
    }
    this.#bufferSize = bufferSize;
    this.#onClose = onClose;
  }

  /** @internal Hands an event to the reader, or keeps it. */
  push(event: FlowEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader({ value: event, done: false });
    this.#buffer.push(event);
    if (this.#buffer.length - this.#next <= this.#bufferSize) return;
    this.#skip();
    this.#dropped += 1;
  }

  /** @internal Ends the stream once what is buffered has been read. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader({ value: undefined, done: true });
    this.#readers = [];
  }

  /** Resolves with the next event, or with the end of the stream. */
  next(): Promise<IteratorResult<FlowEvent, undefined>> {
    const event = this.#buffer[this.#next];
    if (event !== undefined) {
      this.#skip();
      const dropped = this.#dropped;
      this.#dropped = 0;
      return Promise.resolve({ value: dropped === 0 ? event : { ...event, dropped }, done: false });
    }
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Ends the stream at once: what is buffered is dropped, waiting readers see the end. */
  return(): Promise<IteratorResult<FlowEvent, undefined>> {
    this.#onClose(this);
    this.#buffer = [];
    this.#next = 0;
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** The stream itself, so that `for await` reads it. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Passes the oldest event by, and now and then gives back the room of those passed. */
  #skip(): void {
    this.#next += 1;
    if (this.#next * 2 < this.#buffer.length) return;
    this.#buffer = this.#buffer.slice(this.#next);
    this.#next = 0;
  }
}
