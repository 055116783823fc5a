import { deserialize, serialize } from "node:v8";

const HEADER_BYTES = 4;

/**
 * A message as bytes: its length (32 bits, little-endian), then the structured clone that V8 writes.
 *
 * Both ends are the same Node executable, so its private format cannot differ between them; binary fields need no encoding.
 */
export function encodeFrame(message: unknown): Uint8Array {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into messages. Keeps the chunks it is given; they must not be reused. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #needed = HEADER_BYTES;

  /** Takes the next bytes of the stream; returns the messages that they complete, in order. */
  push(chunk: Uint8Array): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Joining only once a frame is complete keeps a large one, arriving in pieces, from being copied for each of them.
    if (this.#bytes < this.#needed) return [];
    const buffer =
      this.#chunks.length === 1
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat(this.#chunks);
    const messages: unknown[] = [];
    let offset = 0;
    this.#needed = HEADER_BYTES;
    while (buffer.length - offset >= HEADER_BYTES) {
      const end = offset + HEADER_BYTES + buffer.readUInt32LE(offset);
      this.#needed = end - offset;
      if (end > buffer.length) break;
      messages.push(deserialize(buffer.subarray(offset + HEADER_BYTES, end)));
      offset = end;
      this.#needed = HEADER_BYTES;
    }
    const rest = buffer.subarray(offset);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    return messages;
  }
}
