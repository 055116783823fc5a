import { RhapsodyError } from "@rhapsody/core";
import { Fifo } from "../attempt/fifo.ts";
import type {
  ProcessExit,
  ProcessFailure,
  ProcessStarted,
  LauncherEvent,
  ProcessDropped,
} from "../launcher/launcher-event.ts";
import { openLauncher, type Launcher } from "../launcher/launcher.ts";
import type { ProcessRequest } from "../launcher/process-request.ts";

/** How a process ended, or why it never ran. */
export type ProcessEnd = ProcessExit | ProcessFailure | ProcessDropped;

/** A process to start; it is numbered here. */
export type ProcessRequestBody = Omit<ProcessRequest, "id">;

/** Hears of one process. */
export interface ProcessListener {
  started?(event: ProcessStarted): void;
  /** Called once, with nothing of the process alive. */
  ended(end: ProcessEnd): void;
}

/** What a {@link ProcessStarter} is made of. */
export interface ProcessStarterParts {
  /** Most processes at a time, those in the background not counted; more wait in order. */
  readonly limit: number;
  /** The launcher died, and everything that it ran with it. Called before the listeners hear of it. */
  readonly onLost: (error: Error) => void;
}

/** Starts processes through the launcher, no more at a time than the system's limits allow, and tells each one's listener of it. */
export class ProcessStarter {
  readonly #parts: ProcessStarterParts;
  readonly #listeners = new Map<number, ProcessListener>();
  readonly #waiting = new Fifo<ProcessRequest>();
  #running = 0;
  readonly #background = new Set<number>();
  #lastId = 0;
  #opening: Promise<Launcher> | undefined;
  #launcher: Launcher | undefined;

  constructor(parts: ProcessStarterParts) {
    this.#parts = parts;
  }

  /** Opens the launcher, unless that was done. Rejects when it cannot run here, or died meanwhile, which counts as its loss. */
  async open(): Promise<void> {
    this.#opening ??= openLauncher({
      onEvents: (events) => this.#hear(events),
      onLost: (error) => this.#lose(error),
    });
    try {
      this.#launcher = await this.#opening;
    } catch (error) {
      if (RhapsodyError.isInstance(error) && error.code === "LAUNCHER_LOST") this.#lose(error);
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#launcher !== undefined;
  }

  /** Starts a process when it is its turn. {@link ProcessStarter.open} must have resolved. */
  start(request: ProcessRequestBody, listener: ProcessListener): number {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#listeners.set(id, listener);
    if (request.background === true) {
      this.#background.add(id);
      this.#launcher?.start([{ ...request, id }]);
    } else {
      this.#waiting.push({ ...request, id });
      this.#startWaiting();
    }
    return id;
  }

  /** Ends processes with all that they started; resolves when nothing of them is alive and their listeners know. */
  async kill(ids: readonly number[], graceMs: number): Promise<void> {
    const wanted = new Set(ids);
    for (const { id } of this.#waiting.extract((request) => wanted.has(request.id))) {
      wanted.delete(id);
      this.#end({ type: "dropped", id });
    }
    const running = [...wanted].filter((id) => this.#listeners.has(id));
    if (running.length > 0) await this.#launcher?.kill(running, graceMs);
  }

  /** Ends every process and the launcher. */
  async close(graceMs: number): Promise<void> {
    const launcher = await this.#opening?.catch(() => undefined);
    for (const { id } of this.#waiting.extract(() => true)) this.#end({ type: "dropped", id });
    await launcher?.close(graceMs);
  }

  #startWaiting(): void {
    const requests: ProcessRequest[] = [];
    while (this.#running < this.#parts.limit) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#running += 1;
      requests.push(request);
    }
    if (requests.length > 0) this.#launcher?.start(requests);
  }

  #hear(events: readonly LauncherEvent[]): void {
    for (const event of events) {
      if (event.type === "started") {
        this.#listeners.get(event.id)?.started?.(event);
        continue;
      }
      if (!this.#background.delete(event.id)) this.#running -= 1;
      this.#end(event);
    }
    this.#startWaiting();
  }

  #lose(error: Error): void {
    this.#parts.onLost(error);
    for (const id of this.#listeners.keys()) this.#end({ type: "dropped", id });
  }

  #end(end: ProcessEnd): void {
    const listener = this.#listeners.get(end.id);
    this.#listeners.delete(end.id);
    listener?.ended(end);
  }
}
