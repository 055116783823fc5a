import { TailBuffer } from "../helper/tail-buffer.ts";
import type { CapturedOutput } from "../launcher-event.ts";
import type { Libc } from "./libc.ts";
import type { Poller } from "./poller.ts";

const READ_BYTES = 65_536;
/** The most that a pipe can hold without privileges (`/proc/sys/fs/pipe-max-size`), in reads. */
const DRAIN_READS = 16;
// One for all pipes: the tail buffer copies what it keeps.
const scratch = Buffer.alloc(READ_BYTES);

/** The reading end of a pipe that a process writes to; keeps the end of what it writes. */
export class OutputPipe {
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #token: number;
  readonly #tail: TailBuffer;
  #open = true;

  /** Takes over a non-blocking descriptor. */
  constructor(at: { libc: Libc; poller: Poller; fd: number; maxBytes: number }) {
    this.#libc = at.libc;
    this.#poller = at.poller;
    this.#fd = at.fd;
    this.#tail = new TailBuffer(at.maxBytes);
    // One read an event: a process that never stops writing does not keep the others waiting.
    this.#token = at.poller.watch(at.fd, "read", () => this.#read());
  }

  /** Takes what is left in the pipe and closes it, also when somebody still holds the writing end and goes on to write. */
  finish(): CapturedOutput {
    for (let reads = 0; reads < DRAIN_READS && this.#read(); reads += 1);
    this.#close();
    return this.#tail.captured();
  }

  /** True when there may be more at once. */
  #read(): boolean {
    if (!this.#open) return false;
    const count = this.#libc.read(this.#fd, scratch, READ_BYTES);
    // Negative is EAGAIN: nothing there now. Zero is the end of the stream.
    if (count === 0) this.#close();
    if (count <= 0) return false;
    this.#tail.push(scratch.subarray(0, count));
    return true;
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#poller.close(this.#token, this.#fd);
  }
}
