import { getBackend, NoopExecutionBackend, Session, type Backend } from "@rhapsody/core";
import type { EngineSettings } from "../options/engine-options.ts";

/** The session of an engine. */
export interface OpenedSession {
  readonly session: Session;
  /** True when it is the engine's to close. */
  readonly owned: boolean;
  /** Backends of which the engine knows what they can. */
  readonly backends: readonly Backend[];
}

/** The session given, or one of the engine's own. */
export async function openSession(settings: EngineSettings): Promise<OpenedSession> {
  const { session: given, rest, maxRetained } = settings;
  if (given !== undefined) {
    // The session takes its default backend in only as long as it has no other.
    if (given.backends.length === 0) await given.start();
    return { session: given, owned: false, backends: [] };
  }
  const named = settings.backends ?? [await getBackend("concurrent")];
  const backends = settings.dryRun ? named.map(({ name }) => new NoopExecutionBackend({ name })) : named;
  const session = new Session({ ...rest, backends, retainedResults: maxRetained });
  return { session, owned: true, backends };
}
