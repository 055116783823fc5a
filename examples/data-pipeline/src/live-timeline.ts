import type { WriteStream } from "node:tty";
import {
  createLogger,
  isTerminal,
  type EventStream,
  type Logger,
  type LogLevel,
  type SessionEvent,
} from "@rhapsody/core";
import { timelineTable, type TimelineRow } from "./timeline.ts";

/** Redraws while nothing happens, so that the times of running tasks go on, in milliseconds. */
const REDRAW_MS = 100;

/** Narrower terminals would wrap the lines, which could not be erased again. */
const MIN_COLUMNS = 96;

/** A table of tasks that is kept up to date on a terminal. */
export class LiveTimeline {
  /** Writes its lines above the table. */
  readonly logger: Logger;
  readonly #terminal: WriteStream;
  readonly #rows = new Map<string, TimelineRow>();
  #height = 0;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
    const log = createLogger();
    const above =
      (level: LogLevel): Logger["info"] =>
      (fields, message) => {
        this.#erase();
        log[level](fields, message);
      };
    this.logger = { debug: above("debug"), info: above("info"), warn: above("warn"), error: above("error") };
  }

  /** Draws what the events tell until they end; then takes the table away. */
  async follow(events: EventStream): Promise<void> {
    const timer = setInterval(() => this.#draw(), REDRAW_MS);
    try {
      for await (const event of events) {
        this.#note(event);
        this.#draw();
      }
    } finally {
      clearInterval(timer);
      this.#erase();
    }
  }

  #note(event: SessionEvent): void {
    if (event.type !== "task") return;
    const { uid, state, at } = event;
    const row = { submitted: at, ...this.#rows.get(uid), uid, state };
    if (state === "EXECUTING") this.#rows.set(uid, { ...row, started: at });
    else if (isTerminal(state)) this.#rows.set(uid, { ...row, finished: at });
    else this.#rows.set(uid, row);
  }

  #draw(): void {
    this.#erase();
    const { columns, rows } = this.#terminal;
    // A table higher than the terminal could not be erased either.
    if (this.#rows.size === 0 || columns < MIN_COLUMNS || rows < this.#rows.size + 2) return;
    const lines = timelineTable([...this.#rows.values()], Date.now(), this.#terminal);
    this.#terminal.write(lines.map((line) => `${line}\n`).join(""));
    this.#height = lines.length;
  }

  #erase(): void {
    if (this.#height > 0) this.#terminal.write(`\x1b[${this.#height}A\x1b[0J`);
    this.#height = 0;
  }
}
