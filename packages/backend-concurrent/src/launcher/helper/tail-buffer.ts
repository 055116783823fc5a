import type { CapturedOutput } from "../launcher-event.ts";

const FIRST_CAPACITY = 1024;

/** Keeps the last bytes of a stream, up to a limit; memory grows with what was written, never beyond the limit. */
export class TailBuffer {
  readonly #maxBytes: number;
  #ring: Buffer = Buffer.alloc(0);
  #totalBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Appends a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    // What precedes the last maxBytes of one push could never be seen.
    const kept = bytes.length > this.#maxBytes ? bytes.subarray(bytes.length - this.#maxBytes) : bytes;
    this.#totalBytes += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.#reserve(this.#totalBytes + kept.length);
    // Until the ring is full it has room for everything, so this is the end of what was written; afterwards it wraps.
    const position = this.#totalBytes % this.#ring.length;
    const untilEnd = Math.min(kept.length, this.#ring.length - position);
    this.#ring.set(kept.subarray(0, untilEnd), position);
    this.#ring.set(kept.subarray(untilEnd), 0);
    this.#totalBytes += kept.length;
  }

  /** What was kept, oldest byte first. */
  captured(): CapturedOutput {
    const truncated = this.#totalBytes > this.#ring.length;
    const position = truncated && this.#ring.length > 0 ? this.#totalBytes % this.#ring.length : 0;
    const bytes = truncated
      ? Buffer.concat([this.#ring.subarray(position), this.#ring.subarray(0, position)])
      : this.#ring.subarray(0, this.#totalBytes);
    return { bytes, totalBytes: this.#totalBytes, truncated };
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#ring.length || this.#ring.length === this.#maxBytes) return;
    const capacity = Math.min(this.#maxBytes, Math.max(bytes, 2 * this.#ring.length, FIRST_CAPACITY));
    const grown = Buffer.allocUnsafe(capacity);
    this.#ring.copy(grown);
    this.#ring = grown;
  }
}
