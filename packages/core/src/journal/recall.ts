import type { TaskGraph } from "../graph/task-graph.ts";
import { TaskRecord, type RecordOwner } from "../graph/task-record.ts";
import { TaskFuture } from "../task/task-future.ts";
import { decodeResult } from "./encode-result.ts";
import type { StoredTask } from "./journal.ts";
import type { Logbook } from "./logbook.ts";
import type { RestoredTasks } from "./restored.ts";

/** What recalling needs of a session. */
export interface RecallContext {
  readonly graph: TaskGraph;
  readonly owner: RecordOwner;
  readonly logbook: Logbook;
  readonly restored: RestoredTasks;
}

/**
 * Brings results that the session let go of, or never held in this process, back from the journal, so that tasks can depend on them by uid.
 *
 * @returns the records brought back, for {@link TaskGraph.retain} once they have been looked at.
 * @throws {@link JournalError} when the journal cannot be read.
 */
export async function recall(uids: readonly string[], context: RecallContext): Promise<readonly TaskRecord[]> {
  const { graph, owner, logbook, restored } = context;
  const released = [...new Set(uids.filter((uid) => graph.isReleased(uid)))];
  if (released.length === 0) return [];
  const handle = await logbook.open();
  const stored = await handle.recall(released);
  return stored.flatMap((task) => {
    if (task === undefined || graph.get(task.uid) !== undefined) return [];
    if (restored.has(task.uid)) restored.add(task.uid, task.description);
    const record = settledRecord(task, owner);
    if (record === undefined) return [];
    graph.adopt(record);
    return [record];
  });
}

/** The record of a task that ended `DONE` in an earlier process, or so long ago that the session let go of it. */
function settledRecord(task: StoredTask, owner: RecordOwner): TaskRecord | undefined {
  if (task.result?.state !== "DONE") return undefined;
  const record = restoredRecord(task, owner);
  conclude(record, task);
  return record;
}

/** A record without its description yet. */
export function restoredRecord(
  { uid, sequence }: Pick<StoredTask, "uid" | "sequence">,
  owner: RecordOwner,
): TaskRecord {
  const record = new TaskRecord(
    owner,
    { uid, work: { kind: "function", function: NOTHING, args: [], capture: "none", maxOutputBytes: 0 } },
    sequence,
  );
  record.handle = new TaskFuture(record);
  return record;
}

/** Gives a record the result that the journal has. */
export function conclude(record: TaskRecord, { uid, result }: StoredTask): void {
  if (result === undefined) return;
  record.state = result.state;
  record.attempt = result.attempts;
  record.backendName = result.backend;
  // Nobody waits for it, and what it was asked for does not matter any more.
  record.resolve(decodeResult(uid, result));
}

const NOTHING = { kind: "inline", call: () => undefined } as const;
