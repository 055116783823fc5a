import type { FlowHandle } from "./flow-handle.ts";
import type { FlowOutcome } from "./outcome.ts";

/** A handle that has settled, with how. */
export type Completed<T> = FlowOutcome<T> & {
  readonly handle: FlowHandle<T>;
  /** Position among the handles given. */
  readonly index: number;
};

/** Gives handles in the order in which they settle, each with its outcome; never throws for a failure. */
export async function* asCompleted<T>(handles: Iterable<FlowHandle<T>>): AsyncGenerator<Completed<T>, void, undefined> {
  const done: Completed<T>[] = [];
  let wake: (() => void) | undefined;
  let left = 0;
  for (const handle of handles) {
    const index = left;
    left += 1;
    void handle.settled().then((outcome) => {
      done.push({ ...outcome, handle, index });
      wake?.();
    });
  }
  for (; left > 0; left -= 1) {
    if (done.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const next = done.shift();
    if (next !== undefined) yield next;
  }
}
