import type { TaskGraph } from "../graph/task-graph.ts";
import type { Logger } from "../logging/logger.ts";

/** Logs the failures among the results still held that nobody asked for. */
export function logUnobserved(graph: TaskGraph, logger: Logger, sessionUid: string): void {
  for (const { uid, observed, state, result, backendName } of graph.records()) {
    if (observed || state !== "FAILED") continue;
    const fields = { session: sessionUid, task: uid, backend: backendName, error: result?.error };
    logger.error(fields, "a task failed and nobody looked at it");
  }
}
