import { startScheduler, startWorkers } from "@rhapsody-internal/engines";
import type { Comparison, EngineSettings } from "../comparison.ts";

/** An engine that runs until it is disposed of. */
export interface StartedEngine extends AsyncDisposable {
  /** Absent where the comparison needs none. */
  readonly settings: EngineSettings | undefined;
}

/**
 * Starts what a comparison runs on.
 *
 * @param environment - Upstream's, where upstream takes part: its workers import it.
 */
export async function startEngine({ engine }: Comparison, environment: "dask" | "upstream"): Promise<StartedEngine> {
  if (engine === undefined) return { settings: undefined, [Symbol.asyncDispose]: async () => {} };
  await using started = new AsyncDisposableStack();
  const scheduler = started.use(await startScheduler({ environment }));
  started.use(await startWorkers({ scheduler, count: 2 }));
  const stack = started.move();
  return {
    settings: { scheduler: scheduler.address, python: scheduler.python },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
