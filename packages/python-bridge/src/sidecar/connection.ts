import type { Frame, FrameHeader } from "../frames/frame.ts";
import { within } from "../timing/within.ts";
import { decodeValue } from "../values/decode-value.ts";
import { Channel, ChannelClosed } from "./channel.ts";
import { Requests } from "./requests.ts";
import type { Scratch } from "./scratch.ts";
import type { SidecarProcess } from "./sidecar-process.ts";
import { Silence } from "./silence.ts";
import type { StartedSidecar } from "./start-sidecar.ts";

/** Time for a process to end after its channel did, or the other way round, in milliseconds. */
const EXIT_MS = 2_000;

/** What a {@link Connection} calls. */
export interface ConnectionListener {
  /** A frame that answers nothing. */
  receive(frame: Frame): void;
  /** Nothing was heard for a while, in milliseconds. */
  silent(ms: number): void;
}

/** The engine refused a request. */
export class EngineRefusal extends Error {
  /** The engine's own code. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** How a sidecar ended. */
export interface SidecarEnd {
  /** In words, e.g. `"was killed by SIGKILL"`. */
  readonly how: string;
  /** What it printed last, to be put at the end of a message; empty when it printed nothing. */
  readonly lastWords: string;
}

/** The sidecar ended before it answered. */
export class SidecarGone extends Error {}

/** A request that was sent. */
export interface Asked {
  readonly id: number;
  /** The answer's value; rejects with {@link EngineRefusal} or {@link SidecarGone}. */
  readonly answer: Promise<unknown>;
}

/** A sidecar and the channel to it: requests and their answers. */
export class Connection {
  /** Resolves with what the sidecar says first. */
  readonly hello: Promise<FrameHeader>;
  /** Resolves with how the sidecar ended, once it and all that it started have. */
  readonly gone: Promise<SidecarEnd>;
  readonly #process: SidecarProcess;
  readonly #scratch: Scratch;
  readonly #channel: Channel;
  readonly #silence: Silence;
  readonly #requests = new Requests<unknown>();
  #ending: Promise<void> | undefined;

  constructor({ process, scratch, socket }: StartedSidecar, listener: ConnectionListener) {
    this.#process = process;
    this.#scratch = scratch;
    this.#silence = new Silence((ms) => listener.silent(ms));
    const hello = Promise.withResolvers<FrameHeader>();
    const ended = Promise.withResolvers<Error | undefined>();
    this.#channel = new Channel(socket, scratch, {
      receive: (frame) => {
        this.#silence.broken();
        const { header } = frame;
        if (header.op === "answer") this.#settle(frame);
        else if (header.op === "hello") hello.resolve(header);
        else if (header.op !== "beat") listener.receive(frame);
      },
      ended: ended.resolve,
    });
    this.hello = hello.promise;
    this.gone = this.#watch(ended.promise);
  }

  /** Absolute path of the directory for large blobs. */
  get scratch(): string {
    return this.#scratch.path;
  }

  /** How many requests wait for their answers. */
  get waiting(): number {
    return this.#requests.size;
  }

  /** Sends a request, after all that was sent before. */
  ask(fields: FrameHeader, blobs: readonly Uint8Array[] = []): Asked {
    const { id, answer } = this.#requests.add();
    this.#channel.send({ ...fields, id }, blobs).catch((error: unknown) => {
      // Of a closed channel it is soon known why.
      if (!(error instanceof ChannelClosed)) this.#requests.take(id)?.reject(error);
    });
    return { id, answer };
  }

  /** Gives up an `open` or `call`: the engine is told, the answer comes all the same. */
  abort(id: number): void {
    this.#tell({ op: "abort", id });
  }

  /** Gives back what was taken of the window for reports. */
  credit(bytes: number): void {
    this.#tell({ op: "credit", bytes });
  }

  /** Whether the sidecar keeps the host's event loop alive. */
  hold(held: boolean): void {
    this.#process.hold(held);
    this.#channel.hold(held);
  }

  /** Ends the sidecar and all that it started. Resolves when nothing is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#silence.end();
    this.#channel.finish();
    await this.#process.end();
    await this.gone;
    await this.#scratch.delete();
  }

  #tell(header: FrameHeader): void {
    // Of a channel that is closed the engine's end is told elsewhere.
    this.#channel.send(header).catch(() => undefined);
  }

  #settle({ header, blobs }: Frame): void {
    const request = this.#requests.take(header["id"]);
    if (request === undefined) return;
    try {
      if (header["ok"] !== true) throw refusalOf(header["error"]);
      const [value] = blobs;
      request.resolve(value === undefined ? undefined : decodeValue(value));
    } catch (error) {
      request.reject(error);
    }
  }

  async #watch(channelEnd: Promise<Error | undefined>): Promise<SidecarEnd> {
    await Promise.race([channelEnd, this.#process.ended]);
    // The channel of a sidecar that died ends a moment before its guard does, and what it said last may come after that.
    const [, error] = await Promise.all([within(this.#process.ended, EXIT_MS), within(channelEnd, EXIT_MS)]);
    this.#channel.close();
    await this.#process.end();
    this.#silence.end();
    const how = error instanceof Error ? `broke its channel (${error.message})` : await this.#process.ended;
    const words = this.#process.lastWords;
    const lastWords = words === "" ? "" : `; it printed last:\n${words}`;
    this.#requests.fail(new SidecarGone(`its process ${how}${lastWords}`));
    return { how, lastWords };
  }
}

function refusalOf(error: unknown): EngineRefusal {
  const { code, message } = (typeof error === "object" && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  return new EngineRefusal(String(code), String(message));
}
