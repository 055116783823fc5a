import { Fifo } from "../dispatch/fifo.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { Logger } from "../logging/logger.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskState } from "../task/task-state.ts";
import { EventStream } from "./event-stream.ts";
import type { BackendEvent, EngineEvent, JournalEvent, MovedEvent, OutputEvent } from "./session-event.ts";

/** Called with a task and the state it has just reached. What it returns is ignored; it may be asynchronous. */
export type TaskCallback = (task: TaskHandle, state: TaskState) => unknown;

interface Registration {
  readonly callback: TaskCallback;
  /** True once it was taken away. */
  over: boolean;
}

interface Notice {
  readonly handle: TaskHandle;
  readonly state: TaskState;
}

/**
 * Tells callbacks and event streams what happened.
 *
 * Callbacks run once the session's own books are in order (see {@link Notifier.flush}), so they may submit and cancel at will.
 */
export class Notifier {
  readonly #logger: Logger;
  /** Replaced and never changed: who is added while callbacks are being called hears of what comes after. */
  #callbacks: readonly Registration[] = [];
  readonly #streams = new Set<EventStream>();
  readonly #notices = new Fifo<Notice>();
  #flushing = false;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a callback; the function returned takes it away. */
  add(callback: TaskCallback): () => void {
    const registration: Registration = { callback, over: false };
    this.#callbacks = [...this.#callbacks, registration];
    return () => {
      registration.over = true;
      this.#callbacks = this.#callbacks.filter((other) => other !== registration);
    };
  }

  open(bufferSize: number): EventStream {
    const stream = new EventStream(bufferSize, (closed) => this.#streams.delete(closed));
    if (this.#closed) stream.close();
    else this.#streams.add(stream);
    return stream;
  }

  task(record: TaskRecord, state: TaskState, error?: Error): void {
    if (this.#callbacks.length > 0 && record.handle !== undefined) {
      this.#notices.push({ handle: record.handle, state });
    }
    if (this.#streams.size === 0) return;
    this.#broadcast({
      type: "task",
      at: Date.now(),
      uid: record.uid,
      name: record.plan.name ?? record.uid,
      state,
      attempt: record.attempt,
      ...(record.backendName !== undefined && { backend: record.backendName }),
      ...(error !== undefined && { error }),
    });
  }

  output(event: Omit<OutputEvent, "type" | "at">): void {
    if (this.#streams.size > 0) this.#broadcast({ type: "output", at: Date.now(), ...event });
  }

  backend(event: Omit<BackendEvent, "type" | "at">): void {
    if (this.#streams.size > 0) this.#broadcast({ type: "backend", at: Date.now(), ...event });
  }

  engine(event: Omit<EngineEvent, "type" | "at">): void {
    if (this.#streams.size > 0) this.#broadcast({ type: "engine", at: Date.now(), ...event });
  }

  moved(event: Omit<MovedEvent, "type" | "at">): void {
    if (this.#streams.size > 0) this.#broadcast({ type: "moved", at: Date.now(), ...event });
  }

  journal(event: Omit<JournalEvent, "type" | "at">): void {
    if (this.#streams.size > 0) this.#broadcast({ type: "journal", at: Date.now(), ...event });
  }

  /** Calls the callbacks for what has happened since. What they cause is told after it, in order, not inside. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    for (let notice = this.#notices.shift(); notice !== undefined; notice = this.#notices.shift()) {
      for (const { callback, over } of this.#callbacks) if (!over) this.#call(callback, notice);
    }
    this.#flushing = false;
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #call(callback: TaskCallback, notice: Notice): void {
    try {
      // An async callback is allowed; its failure is as harmless as that of a synchronous one.
      const returned: unknown = callback(notice.handle, notice.state);
      if (returned instanceof Promise) returned.catch((error: unknown) => this.#complain(notice, error));
    } catch (error) {
      this.#complain(notice, error);
    }
  }

  #complain({ handle, state }: Notice, error: unknown): void {
    this.#logger.error({ task: handle.uid, state, error }, "a callback threw; the session goes on");
  }

  #broadcast(event: Parameters<EventStream["push"]>[0]): void {
    for (const stream of this.#streams) stream.push(event);
  }
}
