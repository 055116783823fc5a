import type { Attempt } from "./answer.ts";

/** A request that may be sent twice. Each is aborted by the signal that it is given. */
export interface Hedge {
  readonly first: (signal: AbortSignal) => Promise<Attempt>;
  /** The same request to another server; `undefined` when none has room. */
  readonly second: (signal: AbortSignal) => Promise<Attempt> | undefined;
  /** How long the first may take until the second goes out, in milliseconds. */
  readonly afterMs: number;
  /** Aborts both. */
  readonly signal: AbortSignal | undefined;
}

/** The answer that comes first; the other request is aborted. When both are refused, the later refusal. @throws the signal's reason when it was aborted. */
export async function hedge({ first, second, afterMs, signal }: Hedge): Promise<Attempt> {
  const stops = [new AbortController(), new AbortController()] as const;
  const [one, other] = stops.map((stop) =>
    signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
  );
  // There are as many as controllers.
  const asked = first(one as AbortSignal);
  const early = await unless(afterMs, asked);
  if (early !== undefined) return early;
  const again = second(other as AbortSignal);
  if (again === undefined) return asked;
  try {
    return await firstAnswer([asked, again]);
  } finally {
    for (const stop of stops) stop.abort();
    // Only the one that lost can still be under way, and nobody asks for it any more.
    await Promise.allSettled([asked, again]);
  }
}

/** What a promise comes to within a time. */
async function unless(ms: number, asked: Promise<Attempt>): Promise<Attempt | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function firstAnswer(asked: readonly Promise<Attempt>[]): Promise<Attempt> {
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
  let refused = 0;
  for (const attempt of asked) {
    attempt.then((came) => {
      refused += 1;
      if ("reply" in came || refused === asked.length) resolve(came);
    }, reject);
  }
  return promise;
}
