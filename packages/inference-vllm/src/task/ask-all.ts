import { InferenceError } from "../fleet/inference-error.ts";

/** Most calls of one task under way or in line. */
const AT_A_TIME = 1024;

/**
 * Asks for each index below `count`, some at a time, and resolves with what came in order. The first failure aborts the others.
 *
 * @throws what an `ask` threw, an `InferenceError` with the index named when there are several.
 */
export async function askAll<T>(
  count: number,
  ask: (index: number, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  if (count === 1) return [await ask(0, signal)];
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const answers: T[] = Array.from({ length: count });
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const askOn = async (): Promise<void> => {
    for (let index = next++; index < count && failure === undefined; index = next++) {
      try {
        answers[index] = await ask(index, both);
      } catch (error) {
        // What stops the whole is no prompt's own failure.
        failure ??= { error: signal.aborted ? error : withIndex(error, index) };
        stop.abort(failure.error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, AT_A_TIME) }, askOn));
  if (failure !== undefined) throw failure.error;
  return answers;
}

function withIndex(error: unknown, index: number): unknown {
  if (!(error instanceof InferenceError)) return error;
  const { code, message, status, replica, param } = error;
  return new InferenceError(code, `prompt ${index} of the list (counted from 0): ${message}`, {
    cause: error,
    status,
    replica,
    param,
  });
}
