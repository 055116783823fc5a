import type { ResolvedRequest } from "../protocol/message.ts";

/** With nothing running, a shortage is others' doing: how long to wait for its end, and how often to look. */
const SHORTAGE_MS = 10_000;
const RETRY_MS = 100;

/** What {@link StartQueue} needs from the engine. */
export interface Starter {
  /** Starts a program, or reports why it cannot be; the name of a shortage when it has to be tried again. */
  start(request: ResolvedRequest): string | undefined;
  /** Gives a program up after a shortage that did not pass. */
  giveUp(request: ResolvedRequest, shortage: string): void;
}

/** Programs to start, in order, held back while the system is short of descriptors, processes or memory. */
export class StartQueue {
  readonly #starter: Starter;
  #waiting: ResolvedRequest[] = [];
  #shortage: { readonly name: string; readonly since: number } | undefined;

  constructor(starter: Starter) {
    this.#starter = starter;
  }

  /** Starts a program now, or queues it behind those that wait. */
  push(request: ResolvedRequest): void {
    if (this.#waiting.length > 0 || !this.#try(request)) this.#waiting.push(request);
  }

  /** Starts what can be started. `running`: something runs, so that a shortage will pass. */
  advance(running: boolean): void {
    const { length } = this.#waiting;
    let started = 0;
    for (const request of this.#waiting) {
      if (!this.#try(request)) break;
      started += 1;
    }
    if (started > 0) this.#waiting = this.#waiting.slice(started);
    if (running || started > 0 || length === 0) return;
    const [request] = this.#waiting;
    if (request === undefined || this.#shortage === undefined || performance.now() - this.#shortage.since < SHORTAGE_MS)
      return;
    this.#waiting.shift();
    this.#starter.giveUp(request, this.#shortage.name);
  }

  /** Takes queued programs out: those with one of these ids, or all. */
  remove(ids?: ReadonlySet<number>): readonly ResolvedRequest[] {
    const removed = this.#waiting.filter(({ id }) => ids === undefined || ids.has(id));
    this.#waiting = this.#waiting.filter((request) => !removed.includes(request));
    return removed;
  }

  /** How long to wait before the next `advance`, with nothing running; endless when nothing is queued. */
  get retryMs(): number {
    return this.#waiting.length > 0 ? RETRY_MS : Infinity;
  }

  #try(request: ResolvedRequest): boolean {
    const name = this.#starter.start(request);
    if (name === undefined) this.#shortage = undefined;
    else this.#shortage ??= { name, since: performance.now() };
    return name === undefined;
  }
}
