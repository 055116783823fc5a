import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Place } from "../functions/function-context.ts";
import type { HostMessage, WorkerMessage } from "./messages.ts";
import { workerFile } from "./worker-file.ts";
import type { StartWorker, WorkerLink, WorkerListener } from "./worker-link.ts";

/** A thread stops between two steps of JavaScript at once; longer means that it is inside native code, such as `execSync`. */
const TERMINATION_MS = 1_000;

/** Starts worker threads of this process. */
export function threads(place: Place): StartWorker {
  return (listener) => new ThreadLink(place, listener);
}

class ThreadLink implements WorkerLink {
  readonly #thread: Worker;
  #error: unknown;

  constructor(place: Place, listener: WorkerListener) {
    // What functions print is caught inside the thread. The few lines that are left, of Node itself, stay unread rather than mix with the host's own
    // output: reading them would keep the host alive.
    const { code, eval: isText } = entry();
    this.#thread = new Worker(code, {
      eval: isText,
      name: "rhapsody",
      workerData: place,
      stdout: true,
      stderr: true,
    });
    // Only our own entry runs there, and it sends nothing else.
    this.#thread.on("message", (message: WorkerMessage) => listener.message(message));
    this.#thread.on("messageerror", (error) => {
      this.#error = error;
      void this.#thread.terminate();
    });
    this.#thread.on("error", (error) => (this.#error = error));
    this.#thread.on("exit", (exitCode) => {
      const how =
        this.#error === undefined ? `ended with exit code ${exitCode}` : "was ended by an error that nobody caught";
      listener.ended({ how, ...(this.#error !== undefined && { cause: this.#error }) });
    });
  }

  send(message: HostMessage): void {
    this.#thread.postMessage(message);
  }

  async end(graceMs: number): Promise<boolean> {
    const timer = new AbortController();
    const late = delay(graceMs + TERMINATION_MS, false, { signal: timer.signal }).catch(() => false);
    const gone = await Promise.race([this.#thread.terminate().then(() => true), late]);
    timer.abort();
    if (!gone) this.hold(false);
    return gone;
  }

  hold(held: boolean): void {
    if (held) this.#thread.ref();
    else this.#thread.unref();
  }
}

/** What a thread runs first. A host started with `--input-type`, which threads inherit, may not run files first, only text. */
function entry(): { readonly code: string | URL; readonly eval: boolean } {
  const file = workerFile("worker-thread");
  const textOnly = process.execArgv.some((option) => option.startsWith("--input-type"));
  return { code: textOnly ? `import(${JSON.stringify(file.href)})` : file, eval: textOnly };
}
