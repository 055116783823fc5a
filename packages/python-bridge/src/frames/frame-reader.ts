import { MAX_FRAME_BYTES, type Frame, type FrameHeader } from "./frame.ts";

/** Cuts what arrives into frames. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** How much must be there before there is something to do. */
  #wanted = 4;

  /**
   * Takes what arrived and gives the frames that it completes.
   *
   * @throws Error when these are no frames: the channel cannot be used any more.
   */
  push(chunk: Buffer): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Pieces of a large frame are copied together once, when all of them are there.
    if (this.#size < this.#wanted) return [];
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size);
    const frames: Frame[] = [];
    let offset = 0;
    this.#wanted = 4;
    while (data.length - offset >= 4) {
      const length = data.readUInt32LE(offset);
      if (length < 4 || length > MAX_FRAME_BYTES) throw new Error(`a frame claims to have ${length} bytes`);
      this.#wanted = 4 + length;
      if (data.length - offset < this.#wanted) break;
      frames.push(parse(data.subarray(offset + 4, offset + this.#wanted)));
      offset += this.#wanted;
      this.#wanted = 4;
    }
    this.#size = data.length - offset;
    this.#chunks = this.#size === 0 ? [] : [data.subarray(offset)];
    return frames;
  }
}

function parse(body: Buffer): Frame {
  const end = 4 + body.readUInt32LE(0);
  if (end > body.length) throw new Error("the header of a frame is longer than the frame");
  const header = parseHeader(body.toString("utf8", 4, end));
  const lengths: unknown = header["blobs"] ?? [];
  if (!Array.isArray(lengths)) throw new Error("`blobs` of a frame is no list");
  const blobs: Uint8Array[] = [];
  let offset = end;
  for (const length of lengths.map(Number)) {
    blobs.push(body.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== body.length) throw new Error("the blobs of a frame do not fill it");
  return { header, blobs };
}

function parseHeader(json: string): FrameHeader {
  const header: unknown = JSON.parse(json);
  if (typeof header === "object" && header !== null && "op" in header && typeof header.op === "string") {
    // Every field but `op` is checked where it is used.
    return header as FrameHeader;
  }
  throw new Error("the header of a frame has no `op`");
}
