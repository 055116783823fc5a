import type { Libc } from "./libc.ts";
import type { Interest, Poller } from "./poller.ts";

// linux/fcntl.h, errno-base.h
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const EAGAIN = 11;
const READ_BYTES = 65_536;

/** The socket to the host, written and read without ever blocking. */
export class ControlSocket {
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #token: number;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  readonly #receive: (chunk: Uint8Array) => void;
  readonly #ended: () => void;
  #outgoing: Uint8Array[] = [];
  #interest: Interest = "read";
  #open = true;

  constructor(at: { libc: Libc; poller: Poller; fd: number; receive: (chunk: Uint8Array) => void; ended: () => void }) {
    this.#libc = at.libc;
    this.#poller = at.poller;
    this.#fd = at.fd;
    this.#receive = at.receive;
    this.#ended = at.ended;
    at.libc.fcntl(at.fd, F_SETFL, O_NONBLOCK);
    this.#token = at.poller.watch(at.fd, "read", () => {
      this.#read();
      this.#write();
    });
  }

  /** True when nothing waits to be written. */
  get drained(): boolean {
    return this.#outgoing.length === 0;
  }

  /** Writes now what can be written, the rest when the host reads again. */
  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#outgoing.push(bytes);
    if (this.#outgoing.length === 1) this.#write();
  }

  #read(): void {
    const count = this.#libc.read(this.#fd, this.#buffer, READ_BYTES);
    if (count > 0) this.#receive(Buffer.from(this.#buffer.subarray(0, count)));
    else if (count === 0 || this.#libc.errno() !== EAGAIN) this.#end();
  }

  #write(): void {
    while (this.#open) {
      const [first] = this.#outgoing;
      if (first === undefined) break;
      const count = this.#libc.write(this.#fd, first, first.length);
      if (count < 0 && this.#libc.errno() === EAGAIN) break;
      // A host that died; reading says so, too.
      if (count < 0) return this.#end();
      if (count < first.length) this.#outgoing[0] = first.subarray(count);
      else this.#outgoing.shift();
    }
    const interest = this.#outgoing.length > 0 ? "read and write" : "read";
    if (!this.#open || interest === this.#interest) return;
    this.#interest = interest;
    this.#poller.change(this.#token, this.#fd, interest);
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#outgoing = [];
    this.#poller.close(this.#token, this.#fd);
    this.#ended();
  }
}
