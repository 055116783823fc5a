import type { FlowHandle } from "./flow-handle.ts";
import type { FlowOutcome } from "./outcome.ts";

/** A handle that has settled, with how. */
export type Completed<T> = FlowOutcome<T> & {
  readonly handle: FlowHandle<T>;
  /** Position among the handles given. */
  readonly index: number;
};

/** Gives handles in the order in which they settle from now on, each with its outcome; never throws for a failure. */
export function asCompleted<T>(handles: Iterable<FlowHandle<T>>): AsyncGenerator<Completed<T>, void, undefined> {
  const done: Completed<T>[] = [];
  let wake = Promise.withResolvers<void>();
  const all = [...handles];
  for (const [index, handle] of all.entries()) {
    void handle.settled().then((outcome) => {
      done.push({ ...outcome, handle, index });
      wake.resolve();
    });
  }
  return (async function* inOrder() {
    for (let given = 0; given < all.length; given += 1) {
      while (given >= done.length) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
      const next = done[given];
      if (next !== undefined) yield next;
    }
  })();
}
