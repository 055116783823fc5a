import type { BackendContext, BackendCapacity, EngineFacts, Logger, LogLevel, TaskUpdate } from "@rhapsody/core";
import type { Frame, FrameHeader } from "../frames/frame.ts";
import { decodeValue } from "../values/decode-value.ts";
import type { AttemptBooks } from "./attempt-books.ts";
import type { EngineOptions } from "./engine-options.ts";
import { toUpdate } from "./to-update.ts";

/** What {@link EngineNews} is made of. */
export interface EngineNewsParts {
  readonly options: Pick<EngineOptions, "backend" | "toReturnValue" | "onEvent">;
  readonly context: BackendContext;
  readonly books: AttemptBooks;
  readonly redact: (text: string) => string;
  /** Gives back what a report took of the window, in bytes. */
  readonly credit: (bytes: number) => void;
  /** The engine died. */
  readonly lost: (message: string) => void;
}

/** Passes on to the session what the engine says on its own. */
export class EngineNews {
  readonly #parts: EngineNewsParts;
  #silent = false;

  constructor(parts: EngineNewsParts) {
    this.#parts = parts;
  }

  /** Nothing is passed on any more. */
  silence(): void {
    this.#silent = true;
  }

  receive({ header, blobs }: Frame): void {
    if (this.#silent) return;
    const { context, lost } = this.#parts;
    switch (header.op) {
      case "report":
        return this.#report(header, blobs);
      case "observe":
        // In the form of the contract; the session takes what it knows.
        return context.observe(decodeFirst(blobs) as EngineFacts);
      case "event":
        return this.#event(String(header["name"]), decodeFirst(blobs));
      case "capacity":
        return context.capacity(capacityOf(header));
      case "log":
        return this.#log(header["entries"]);
      case "lost":
        return lost(String(header["message"]));
      default:
        context.logger.debug(
          { backend: this.#parts.options.backend },
          `the sidecar said ${header.op}, which is not known`,
        );
    }
  }

  /** Logs a line that was printed. */
  line(text: string): void {
    this.#parts.context.logger.debug({ backend: this.#parts.options.backend }, this.#parts.redact(text));
  }

  #report({ tasks, blobs: sizes }: FrameHeader, blobs: readonly Uint8Array[]): void {
    const { books, context, credit } = this.#parts;
    const updates: TaskUpdate[] = [];
    for (const [index, [uid, attempt]] of attemptsOf(tasks).entries()) {
      const outcome = blobs[index];
      if (outcome === undefined) continue;
      const live = books.get({ uid, attempt });
      // Ended or cancelled: what it still says is of no interest.
      if (live === undefined) continue;
      const update = toUpdate(outcome, { spec: live.spec, toReturnValue: this.#parts.options.toReturnValue });
      const isEnd = update.state !== "RUNNING" && update.state !== "OUTPUT";
      if (isEnd) books.delete({ uid, attempt });
      // What is being stopped does not fail.
      if (live.stopping && (update.state === "FAILED" || update.state === "LOST")) continue;
      updates.push(update);
    }
    if (updates.length > 0) context.report(updates);
    // Those in files took nothing of the window.
    if (Array.isArray(sizes)) credit(sizes.reduce((sum: number, size) => sum + Number(size), 0));
  }

  #event(name: string, data: unknown): void {
    const { options, context } = this.#parts;
    try {
      options.onEvent?.(name, data);
    } catch (error) {
      context.logger.error({ backend: options.backend, error }, `the event ${name} of the engine was not handled`);
    }
  }

  #log(entries: unknown): void {
    if (!Array.isArray(entries)) return;
    const { options, context, redact } = this.#parts;
    for (const { level, logger, text } of entries as readonly LogEntry[]) {
      context.logger[isLevel(level) ? level : "info"]({ backend: options.backend, logger }, redact(text));
    }
  }
}

interface LogEntry {
  readonly level: string;
  /** Name of the Python logger. */
  readonly logger: string;
  readonly text: string;
}

const LEVELS: Readonly<Record<LogLevel, keyof Logger>> = { debug: "debug", info: "info", warn: "warn", error: "error" };

function isLevel(level: string): level is LogLevel {
  return Object.hasOwn(LEVELS, level);
}

function attemptsOf(tasks: unknown): readonly (readonly [uid: string, attempt: number])[] {
  // Only the bridge's own Python writes it.
  return Array.isArray(tasks) ? (tasks as readonly (readonly [string, number])[]) : [];
}

function decodeFirst([first]: readonly Uint8Array[]): unknown {
  return first === undefined ? undefined : decodeValue(first);
}

function capacityOf(header: FrameHeader): BackendCapacity {
  const fields = ["maxInFlight", "cores", "gpus", "memoryBytes"] as const;
  return Object.fromEntries(
    fields.flatMap((field) => (typeof header[field] === "number" ? [[field, header[field]]] : [])),
  );
}
