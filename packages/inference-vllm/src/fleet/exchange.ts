import type { Dispatcher } from "undici";

/** Who takes an answer while it comes. */
export interface AnswerTaker {
  /** Aborts the exchange. */
  readonly signal: AbortSignal | undefined;
  /** Its status and headers are there. */
  onHead(status: number, headers: Dispatcher.ResponseData["headers"]): void;
  /** A piece of its body. The next one is read when a promise that it returns has resolved; `false` ends the exchange, which resolves at once. */
  onData(chunk: Uint8Array): Promise<unknown> | false | undefined;
}

/** Time for the end of an answer of which no more is wanted, in milliseconds: its connection is of use to others then, and is broken else. */
const REST_MS = 1_000;

/**
 * Sends a request, and resolves at the end of its answer. A bare `dispatch`, which makes no stream of the answer as `request()` does: of a short one that is a third of
 * the work.
 *
 * @throws what undici does when the connection fails; the signal's reason, or what the taker threw.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  taker: AnswerTaker,
): Promise<void> {
  return new Promise((resolve, reject) => dispatcher.dispatch(request, new Exchange(taker, resolve, reject)));
}

/** One object for undici and for the signal: there is one for each prompt. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #taker: AnswerTaker;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #control: Dispatcher.DispatchController | undefined;
  /** Runs while the end of an answer is waited for of which no more is wanted. */
  #rest: NodeJS.Timeout | undefined;

  constructor(taker: AnswerTaker, resolve: () => void, reject: (error: unknown) => void) {
    this.#taker = taker;
    this.#resolve = resolve;
    this.#reject = reject;
    taker.signal?.addEventListener("abort", this, { once: true });
  }

  /** The signal was aborted. */
  handleEvent(): void {
    this.#fail(this.#taker.signal?.reason);
  }

  onRequestStart(control: Dispatcher.DispatchController): void {
    this.#control = control;
    if (this.#taker.signal?.aborted === true) this.handleEvent();
  }

  onResponseStart(_: unknown, status: number, headers: Dispatcher.ResponseData["headers"]): void {
    // 1xx tell that the answer is to come.
    if (status >= 200) this.#taker.onHead(status, headers);
  }

  onResponseData(control: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#rest !== undefined) return;
    try {
      const taken = this.#taker.onData(chunk);
      if (taken === undefined) return;
      if (taken === false) return this.#dropRest(control);
      control.pause();
      taken.then(
        () => control.resume(),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  onResponseEnd(): void {
    this.#leave();
    this.#resolve();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#leave();
    this.#reject(error);
  }

  #dropRest(control: Dispatcher.DispatchController): void {
    this.onResponseEnd();
    this.#rest = setTimeout(() => control.abort(new Error("the rest of the answer is not wanted")), REST_MS);
  }

  #fail(error: unknown): void {
    this.#leave();
    this.#reject(error);
    this.#control?.abort(error instanceof Error ? error : new Error("aborted", { cause: error }));
  }

  #leave(): void {
    clearTimeout(this.#rest);
    this.#taker.signal?.removeEventListener("abort", this);
  }
}
