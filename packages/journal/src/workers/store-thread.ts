import { Worker } from "node:worker_threads";
import { JournalError } from "@rhapsody/core";
import type { Answer, OperationName, Operations } from "./operations.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: JournalError): void;
}

/**
 * The host's end of a journal's thread. All work with the file is done there, so no flush of a disk stops the event loop.
 *
 * The thread keeps the process alive only while it is asked for something.
 */
export class StoreThread {
  readonly #location: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #end: JournalError | undefined;

  #closing: Promise<void> | undefined;

  private constructor(location: string, worker: Worker) {
    this.#location = location;
    this.#worker = worker;
    this.#worker.unref();
    // Only our own entry runs there, and it sends nothing else.
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (cause) => this.#fail("its thread was ended by an error", cause));
    this.#worker.on("exit", (code) => this.#fail(`its thread ended with exit code ${code}`));
  }

  /** Starts a thread and has it open a journal; resolves with the thread and what it found. */
  static async open<T>(
    location: string,
    ask: (thread: StoreThread) => Promise<T>,
    worker: Worker = startWorker(),
  ): Promise<readonly [StoreThread, T]> {
    const thread = new StoreThread(location, worker);
    try {
      return [thread, await ask(thread)];
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  /** @throws JournalError as the operation says, or `JOURNAL_FAILED` once the thread is gone. */
  async ask<K extends OperationName>(
    name: K,
    argument: Parameters<Operations[K]>[0],
  ): Promise<ReturnType<Operations[K]>> {
    if (this.#end !== undefined) throw this.#end;
    const id = this.#requests++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    if (this.#waiting.size === 1) this.#worker.ref();
    try {
      this.#worker.postMessage([id, name, argument]);
    } catch (cause) {
      this.#forget(id);
      throw this.#error(`a request cannot be copied to its thread: ${String(cause)}`, cause);
    }
    // The thread answers with what the operation returns.
    return (await promise) as ReturnType<Operations[K]>;
  }

  /** Closes the journal and ends the thread. Idempotent; requests after it are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = this.#end === undefined ? this.ask("close", undefined) : undefined;
    this.#end ??= this.#error("it is closed");
    try {
      await closed;
    } finally {
      await this.#worker.terminate();
    }
  }

  #settle([id, ok, content]: Answer): void {
    const waiting = this.#forget(id);
    if (ok) {
      waiting?.resolve(content);
      return;
    }
    const { code, message, cause } = content;
    waiting?.reject(new JournalError(code, { location: this.#location, message, cause }));
  }

  #forget(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }

  #fail(message: string, cause?: unknown): void {
    this.#end ??= this.#error(message, cause);
    for (const id of this.#waiting.keys()) this.#forget(id)?.reject(this.#end);
  }

  #error(message: string, cause?: unknown): JournalError {
    return new JournalError("JOURNAL_FAILED", { location: this.#location, message, cause });
  }
}

/** From source the entry lies beside this module; in the published package both are in one directory. */
function startWorker(): Worker {
  const here = import.meta.url;
  const file = new URL(here.endsWith(".ts") ? "./journal-thread.ts" : "./journal-thread.js", here);
  // A host started with `--input-type`, which threads inherit, may not run files first, only text.
  const textOnly = process.execArgv.some((option) => option.startsWith("--input-type"));
  return new Worker(textOnly ? `import(${JSON.stringify(file.href)})` : file, {
    eval: textOnly,
    name: "rhapsody-journal",
  });
}
