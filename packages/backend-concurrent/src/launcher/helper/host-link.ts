import type { LauncherEvent } from "../launcher-event.ts";
import { encodeFrame, FrameReader } from "../protocol/frame.ts";
import type { EngineKind, HelperMessage, HostMessage } from "../protocol/message.ts";
import type { Engine, EngineSettings } from "./engine.ts";

/** Captured output after which events are sent without waiting for more. */
const BATCH_BYTES = 1_048_576;

/** What a {@link HostLink} needs from the engine that it serves. */
export interface EngineAccess {
  readonly kind: EngineKind;
  /** Why it is not the native engine. */
  readonly reason?: string;
  open(settings: EngineSettings): Engine;
  /** Called when nothing is alive and everything was said. */
  closed(): void;
}

/** The helper's side of the channel to the host: carries orders to the engine and its news, in batches, back. */
export class HostLink {
  readonly #access: EngineAccess;
  readonly #send: (frame: Uint8Array) => void;
  readonly #reader = new FrameReader();
  #engine: Engine | undefined;
  #events: LauncherEvent[] = [];
  #bytes = 0;

  constructor(access: EngineAccess, send: (frame: Uint8Array) => void) {
    this.#access = access;
    this.#send = send;
  }

  /** Takes bytes from the host; keeps them. */
  receive(chunk: Uint8Array): void {
    for (const message of this.#reader.push(chunk)) {
      // Only the host writes here, and it writes nothing else.
      this.#obey(message as HostMessage);
    }
  }

  /** The host is gone: so has all that it started to be, at once. */
  hostGone(): void {
    if (this.#engine === undefined) this.#access.closed();
    else this.#engine.close(0, () => this.#access.closed());
  }

  /** Sends the news gathered so far. */
  flush(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    this.#write({ type: "events", events });
  }

  #obey(message: HostMessage): void {
    switch (message.type) {
      case "open": {
        const { marker, environment } = message;
        this.#engine = this.#access.open({ marker, environment, report: (event) => this.#report(event) });
        const { kind, reason } = this.#access;
        this.#write({ type: "ready", engine: kind, ...(reason === undefined ? {} : { reason }) });
        break;
      }
      case "start":
        for (const request of message.requests) this.#engine?.start(request);
        break;
      case "kill": {
        const { ids, graceMs, call } = message;
        this.#engine?.kill(ids, graceMs, () => {
          this.flush();
          this.#write({ type: "killed", call });
        });
        break;
      }
      case "close":
        this.#engine?.close(message.graceMs, () => {
          this.flush();
          this.#access.closed();
        });
        break;
    }
  }

  #report(event: LauncherEvent): void {
    this.#events.push(event);
    if (event.type !== "exited") return;
    this.#bytes += (event.stdout?.bytes.length ?? 0) + (event.stderr?.bytes.length ?? 0);
    if (this.#bytes >= BATCH_BYTES) this.flush();
  }

  #write(message: HelperMessage): void {
    this.#send(encodeFrame(message));
  }
}
