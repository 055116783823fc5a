import type { Dispatcher } from "undici";

/** Who takes an answer while it comes. */
export interface AnswerTaker {
  /** Aborts the exchange. */
  readonly signal: AbortSignal | undefined;
  /** Its status and headers are there. */
  onHead(status: number, headers: Dispatcher.ResponseData["headers"]): void;
  /** A piece of its body. The next one is read when a promise that it returns has resolved; `false` ends the exchange, which then resolves. */
  onData(chunk: Uint8Array): Promise<unknown> | false | undefined;
}

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
  const { signal } = taker;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let control: Dispatcher.DispatchController | undefined;
  const leave = (): void => signal?.removeEventListener("abort", abort);
  const fail = (error: unknown): void => {
    leave();
    reject(error);
    control?.abort(error instanceof Error ? error : new Error("aborted", { cause: error }));
  };
  const abort = (): void => fail(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  dispatcher.dispatch(request, {
    onRequestStart(controller) {
      control = controller;
      if (signal?.aborted === true) abort();
    },
    onResponseStart(_, status, headers) {
      // 1xx tell that the answer is to come.
      if (status >= 200) taker.onHead(status, headers);
    },
    onResponseData(controller, chunk) {
      try {
        const taken = taker.onData(chunk);
        if (taken === undefined) return;
        controller.pause();
        if (taken !== false) taken.then(() => controller.resume(), fail);
        else {
          leave();
          resolve();
          controller.abort(new Error("the rest of the answer is not wanted"));
        }
      } catch (error) {
        fail(error);
      }
    },
    onResponseEnd() {
      leave();
      resolve();
    },
    onResponseError(_, error) {
      leave();
      reject(error);
    },
  });
  return promise;
}
