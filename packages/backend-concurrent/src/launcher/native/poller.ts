import type { Libc } from "./libc.ts";

/** What to wait for on a descriptor; the end of a stream and errors are always reported. */
export type Interest = "read" | "write" | "read and write";

// linux/eventpoll.h
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const MASKS: Readonly<Record<Interest, number>> = { read: 0x1, write: 0x4, "read and write": 0x5 };

/** `struct epoll_event` is packed on x86-64 alone. */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const DATA_OFFSET = EVENT_BYTES - 8;
const MAX_EVENTS = 128;
const EPOLL_CLOEXEC = 0o2000000;

/** Waits for many descriptors at once (`epoll`), level-triggered, and calls a function for each one that is ready. */
export class Poller {
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #event = Buffer.alloc(EVENT_BYTES);
  readonly #events = Buffer.alloc(EVENT_BYTES * MAX_EVENTS);
  readonly #watches = new Map<number, () => void>();
  #lastToken = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#epoll = libc.epollCreate(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw new Error(`epoll_create1 failed with errno ${libc.errno()}`);
  }

  /**
   * Calls `ready` whenever the descriptor can be read or written without blocking. Returns a token for the other methods:
   * a descriptor's number may be reused while an event for its predecessor is still to be handed out, a token is not.
   */
  watch(fd: number, interest: Interest, ready: () => void): number {
    this.#lastToken += 1;
    this.#control(EPOLL_CTL_ADD, { fd, interest, token: this.#lastToken });
    this.#watches.set(this.#lastToken, ready);
    return this.#lastToken;
  }

  /** Waits for something else on a watched descriptor. */
  change(token: number, fd: number, interest: Interest): void {
    this.#control(EPOLL_CTL_MOD, { fd, interest, token });
  }

  /** Ends a watch and closes its descriptor, of which no duplicate exists: with the last one `epoll` forgets it. */
  close(token: number, fd: number): void {
    this.#watches.delete(token);
    this.#libc.close(fd);
  }

  /** Blocks until something is ready or the time is up (-1: no limit), then calls what was asked for. */
  wait(timeoutMs: number): void {
    const count = this.#libc.epollWait(this.#epoll, this.#events, MAX_EVENTS, timeoutMs);
    for (let index = 0; index < count; index += 1) {
      this.#watches.get(this.#events.readUInt32LE(index * EVENT_BYTES + DATA_OFFSET))?.();
    }
  }

  #control(operation: number, target: { fd: number; interest: Interest; token: number }): void {
    this.#event.writeUInt32LE(MASKS[target.interest], 0);
    this.#event.writeUInt32LE(target.token, DATA_OFFSET);
    if (this.#libc.epollControl(this.#epoll, operation, target.fd, this.#event) >= 0) return;
    throw new Error(`epoll_ctl failed with errno ${this.#libc.errno()}`);
  }
}
