import type { Socket } from "node:net";
import { FrameReader } from "../frames/frame-reader.ts";
import { encodeFrame, type Frame, type FrameHeader } from "../frames/frame.ts";
import type { Scratch } from "./scratch.ts";

/** Blobs larger than this go into files, in bytes: for longer than that nothing else could pass. Files are never faster. */
const SPILL_BYTES = 32 * 2 ** 20;
/** Most bytes of blobs in one frame; the further ones go into files, whatever their size. */
const FRAME_BLOB_BYTES = 64 * 2 ** 20;

/** Nothing can be sent any more; why is told by {@link ChannelListener.ended}. */
export class ChannelClosed extends Error {}

/** What a {@link Channel} calls. */
export interface ChannelListener {
  receive(frame: Frame): void;
  /** The other end is gone, or sent what is no frame; the last frame was received. */
  ended(error: Error | undefined): void;
}

/** The host's end of the channel: whole frames in order both ways, large blobs by file. */
export class Channel {
  readonly #socket: Socket;
  readonly #scratch: Scratch;
  readonly #listener: ChannelListener;
  #sending: Promise<void> = Promise.resolve();
  /** Present while frames wait for the files of an earlier one. */
  #receiving: Promise<void> | undefined;
  #error: Error | undefined;

  constructor(socket: Socket, scratch: Scratch, listener: ChannelListener) {
    this.#socket = socket;
    this.#scratch = scratch;
    this.#listener = listener;
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) this.#take(frame);
      } catch (error) {
        this.#fail(error);
      }
    });
    // "close" follows.
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.once("close", () => {
      const last = this.#receiving ?? Promise.resolve();
      void last.then(() => listener.ended(this.#error));
    });
  }

  /**
   * Sends a frame, after those before it. Resolves once the channel has room for more.
   *
   * @throws {@link ChannelClosed}; RangeError when the frame is too large.
   */
  send(header: FrameHeader, blobs: readonly Uint8Array[] = []): Promise<void> {
    const sent = this.#sending.then(() => this.#write(header, blobs));
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  /** Whether the channel keeps the host's event loop alive. */
  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Says no more: the other end takes it as the host's end. What it still says is received. */
  finish(): void {
    this.#socket.end();
  }

  /** Closes this end; nothing is received any more. */
  close(): void {
    this.#socket.destroy();
  }

  async #write(header: FrameHeader, blobs: readonly Uint8Array[]): Promise<void> {
    const frame = await this.#spill(header, blobs);
    if (!this.#socket.writable) throw new ChannelClosed("the channel is closed");
    this.#socket.cork();
    for (const part of encodeFrame(frame)) this.#socket.write(part);
    this.#socket.uncork();
    if (this.#socket.writableNeedDrain) await this.#drained();
  }

  async #spill(header: FrameHeader, blobs: readonly Uint8Array[]): Promise<Frame> {
    let total = 0;
    const large = blobs.map(({ byteLength }) => {
      if (byteLength <= SPILL_BYTES && total + byteLength <= FRAME_BLOB_BYTES) total += byteLength;
      else return true;
      return false;
    });
    if (!large.includes(true)) return { header, blobs };
    const files: Record<string, string> = {};
    const left = [...blobs];
    for (const [index, blob] of blobs.entries()) {
      if (large[index] !== true) continue;
      try {
        files[index] = await this.#scratch.write(blob);
        left[index] = new Uint8Array();
      } catch {
        // No space there: the channel carries it all the same.
      }
    }
    return { header: { ...header, files }, blobs: left };
  }

  #drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      this.#socket.off("drain", settle).off("close", settle);
      resolve();
    };
    this.#socket.on("drain", settle).on("close", settle);
    return promise;
  }

  #take(frame: Frame): void {
    if (this.#receiving === undefined && frame.header.files === undefined) return this.#listener.receive(frame);
    this.#socket.pause();
    const before = this.#receiving ?? Promise.resolve();
    const taken = before
      .then(async () => this.#listener.receive(await this.#load(frame)))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        if (this.#receiving !== taken) return;
        this.#receiving = undefined;
        this.#socket.resume();
      });
    this.#receiving = taken;
  }

  async #load({ header, blobs }: Frame): Promise<Frame> {
    if (header.files === undefined) return { header, blobs };
    const loaded = [...blobs];
    for (const [index, name] of Object.entries(header.files)) loaded[Number(index)] = await this.#scratch.take(name);
    return { header, blobs: loaded };
  }

  #fail(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new Error(String(error));
    this.#socket.destroy();
  }
}
