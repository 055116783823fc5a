import type { Libc } from "./libc.ts";
import type { Poller } from "./poller.ts";

// errno-base.h
const EAGAIN = 11;

/** The writing end of a pipe that a process reads from; closes it after the last byte. */
export class InputPipe {
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #token: number;
  #rest: Uint8Array;
  #open = true;

  /** Takes over a non-blocking descriptor and starts to write. */
  constructor(at: { libc: Libc; poller: Poller; fd: number; bytes: Uint8Array }) {
    this.#libc = at.libc;
    this.#poller = at.poller;
    this.#fd = at.fd;
    this.#rest = at.bytes;
    this.#token = at.poller.watch(at.fd, "write", () => this.#write());
    this.#write();
  }

  /** Closes the pipe, whatever was not read of it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#poller.close(this.#token, this.#fd);
  }

  #write(): void {
    while (this.#rest.length > 0) {
      const count = this.#libc.write(this.#fd, this.#rest, this.#rest.length);
      if (count < 0 && this.#libc.errno() === EAGAIN) return;
      // EPIPE: the process does not read its input, which is its own affair.
      if (count < 0) break;
      this.#rest = this.#rest.subarray(count);
    }
    this.close();
  }
}
