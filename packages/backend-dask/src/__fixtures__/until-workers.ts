import type { Session } from "@rhapsody/core";

/** Resolves once the cluster of a session's Dask backend has so many workers. */
export async function untilWorkers(session: Session, count: number): Promise<void> {
  const events = session.events();
  if (session.statistics().backends["dask"]?.engine?.workers === count) return;
  for await (const event of events) {
    if (event.type === "engine" && event.facts.workers === count) return;
  }
}
