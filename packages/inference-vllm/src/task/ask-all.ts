import { InferenceError } from "../fleet/inference-error.ts";

/** Most calls of a list under way or in line, where nobody says otherwise. */
const AT_A_TIME = 1024;

/** How to stop what {@link askAll} asks, and what errors call it. */
export interface AskAllControl {
  readonly signal: AbortSignal;
  /** What errors call that of an index. @defaultValue `prompt 7` */
  readonly nameOf?: ((index: number) => string) | undefined;
  /** Most calls at a time, at least one; looked at whenever one has ended. @defaultValue 1,024 */
  readonly atATime?: (() => number) | undefined;
}

/**
 * Asks for each index below `count`, some at a time, and resolves with what came in order. The first failure aborts the others.
 *
 * @throws what an `ask` threw, an `InferenceError` with its place in the list when there are several.
 */
export async function askAll<T>(
  count: number,
  ask: (index: number, signal: AbortSignal) => Promise<T>,
  { signal, nameOf = (index) => `prompt ${index}`, atATime = () => AT_A_TIME }: AskAllControl,
): Promise<readonly T[]> {
  if (count === 1) return [await ask(0, signal)];
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const answers: T[] = Array.from({ length: count });
  let [next, underWay] = [0, 0];
  let failure: { readonly error: unknown } | undefined;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const askOne = async (index: number): Promise<void> => {
    underWay += 1;
    try {
      answers[index] = await ask(index, both);
    } catch (error) {
      // What stops the whole is no prompt's own failure.
      failure ??= { error: signal.aborted ? error : withPlace(error, nameOf(index)) };
      stop.abort(failure.error);
    }
    underWay -= 1;
    askOn();
  };
  const askOn = (): void => {
    while (next < count && failure === undefined && (underWay === 0 || underWay < atATime())) void askOne(next++);
    if (underWay === 0) end();
  };
  askOn();
  await ended;
  if (failure !== undefined) throw failure.error;
  return answers;
}

function withPlace(error: unknown, name: string): unknown {
  if (!(error instanceof InferenceError)) return error;
  const { code, message, status, replica, param } = error;
  return new InferenceError(code, `${name} of the list (counted from 0): ${message}`, {
    cause: error,
    status,
    replica,
    param,
  });
}
